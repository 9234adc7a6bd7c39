/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a job with many steps: what the job changed, what failed and why. The job sends the report as members
 * of its result:
 *
 *	"changed": N, "changes": [{"path", "what"}, …], "failed": N, "failures": [{"path", "message", "errno"}, …]
 *
 * The counts are exact; each list has as many entries as fit CHANGE_REPORT_LIST_BYTES.
 */
#pragma once

#include <stdint.h>

#include "common/buf.h"

/* Both lists and the counts fit LIMIT_JOB_OUT_BYTES. */
#define CHANGE_REPORT_LIST_BYTES (24u << 10)
#define CHANGE_REPORT_PATH_SIZE 96
#define CHANGE_REPORT_WHAT_SIZE 192

struct change_report {
	struct buf changes, failures;
	uint64_t changed, failed;
};

void change_report_init(struct change_report *report);

/* path: of the configuration's key that asked for the change, "network.interfaces[0].mtu". */
void change_report_changed(struct change_report *report, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* why: the reason, or "" for the text of error_number. */
void change_report_failed(struct change_report *report, const char *path, int error_number, const char *what, const char *why);

/* Writes the members to fd (blocking). 0 or -errno. */
int change_report_send(const struct change_report *report, int fd);
