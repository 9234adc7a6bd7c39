/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What work of many steps says about itself: what it changed, what failed and why. Made in a job, and sent as members of its result:
 *
 *	"changed": N, "changes": [{"path", "what"}, …], "failed": N, "failures": [{"path", "message", "errno"}, …]
 *
 * The counts are exact; of the lists the first REPORT_LIST_BYTES are kept.
 */
#pragma once

#include <stdint.h>

#include "common/buf.h"

/* Two lists and some more fit what a job may say. */
#define REPORT_LIST_BYTES (24u << 10)
#define REPORT_PATH_SIZE 96
#define REPORT_WHAT_SIZE 192

struct report {
	struct buf changes, failures;
	uint64_t changed, failed;
};

void report_init(struct report *report);

/* path is that of the key which asked for it: "network.interfaces[0].mtu". */
void report_changed(struct report *report, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* why may be "": then the errno's own text stands there. */
void report_failed(struct report *report, const char *path, int error_number, const char *what, const char *why);

/* Writes the members to fd. 0 or -errno. */
int report_send(const struct report *report, int fd);
