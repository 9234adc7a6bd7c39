/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the form of change reports. Never: decides what is a failure. */
#include "agent/protocol/change_report.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "common/fmt.h"
#include "common/io.h"

/* Bound of one entry: a byte of text is at most six bytes of JSON. */
#define ENTRY_BYTES (6u * (CHANGE_REPORT_PATH_SIZE + CHANGE_REPORT_WHAT_SIZE) + 128u)

void change_report_init(struct change_report *report)
{
	*report = (struct change_report){ .changes = BUF_INIT(CHANGE_REPORT_LIST_BYTES), .failures = BUF_INIT(CHANGE_REPORT_LIST_BYTES) };
}

static bool has_room(const struct buf *list)
{
	return list->max - list->len >= ENTRY_BYTES;
}

void change_report_changed(struct change_report *report, const char *path, const char *format, ...)
{
	struct buf *b = &report->changes;
	char what[CHANGE_REPORT_WHAT_SIZE];
	va_list args;

	report->changed++;
	if (!has_room(b))
		return;
	va_start(args, format);
	fmt_text_v(what, sizeof(what), format, args);
	va_end(args);
	jsonw_object(b, NULL);
	jsonw_string(b, "path", path);
	jsonw_string(b, "what", what);
	jsonw_object_end(b);
}

void change_report_failed(struct change_report *report, const char *path, int error_number, const char *what, const char *why)
{
	struct buf *b = &report->failures;
	char message[CHANGE_REPORT_WHAT_SIZE];

	report->failed++;
	if (!has_room(b))
		return;
	fmt_text(message, sizeof(message), "%s: %s", what, why[0] ? why : strerror(error_number));
	jsonw_object(b, NULL);
	jsonw_string(b, "path", path);
	jsonw_string(b, "message", message);
	jsonw_string(b, "errno", errno_name(error_number));
	jsonw_object_end(b);
}

static void write_list(struct buf *b, const char *key, const struct buf *list)
{
	jsonw_array(b, key);
	jsonw_members(b, list->data, list->len);
	jsonw_array_end(b);
}

int change_report_send(const struct change_report *report, int fd)
{
	_cleanup_buf_ struct buf b = BUF_INIT(2 * CHANGE_REPORT_LIST_BYTES + 1024);

	/*
	 * The members are sent without the brace and without a comma before the first: jsonw_members() of the receiver
	 * adds the comma.
	 */
	buf_append(&b, "{", 1);
	jsonw_count(&b, "changed", report->changed);
	write_list(&b, "changes", &report->changes);
	jsonw_count(&b, "failed", report->failed);
	write_list(&b, "failures", &report->failures);
	if (b.failed)
		return -ENOMEM;
	return io_write_all(fd, b.data + 1, b.len - 1);
}
