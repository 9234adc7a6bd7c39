/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What work of many steps says about itself: what it changed, what failed and why. Made in a job, and sent as members of its result:
 *
 *	"changed": N, "changes": [{"path", "what"}, …], "failed": N, "failures": [{"path", "message", "errno"}, …]
 *
 * The counts are exact; of the lists the first CHANGE_REPORT_LIST_BYTES are kept.
 */
#pragma once

#include <stdint.h>

#include "common/buf.h"

/* Two lists and some more fit what a job may say. */
#define CHANGE_REPORT_LIST_BYTES (24u << 10)
#define CHANGE_REPORT_PATH_SIZE 96
#define CHANGE_REPORT_WHAT_SIZE 192

struct change_report {
	struct buf changes, failures;
	uint64_t changed, failed;
};

void change_report_init(struct change_report *report);

/* path is that of the key which asked for it: "network.interfaces[0].mtu". */
void change_report_changed(struct change_report *report, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* why may be "": then the errno's own text stands there. */
void change_report_failed(struct change_report *report, const char *path, int error_number, const char *what, const char *why);

/* Writes the members to fd. 0 or -errno. */
int change_report_send(const struct change_report *report, int fd);
