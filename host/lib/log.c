/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the calls that read the guest's logs. Never: passes on a control character. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/include/pith_guest.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/event_stream.h"
#include "host/lib/file_ask.h"
#include "host/lib/request.h"

/* The longest record of a kernel, with four bytes for each byte that the kernel escapes. */
#define TEXT_SIZE 8192

struct reading {
	struct event_stream stream;
	int (*each)(void *user, const struct pith_log_record *record);
	void *user;
	bool started;
};

/* Returns the callback's value, or 0 without memory. */
static int tell(const struct reading *reading, const struct json *item, bool overflow)
{
	char text[TEXT_SIZE];
	struct pith_log_record record = {
		.sequence = json_get_count(item, "sequence", 0),
		.at_us = json_get_count(item, "at_us", 0),
		.level = (unsigned int)json_get_count(item, "level", PITH_LOG_LEVEL_MAX) & PITH_LOG_LEVEL_MAX,
		.user = json_get_bool(item, "user"),
		.overflow = overflow,
		.text = text,
	};
	_cleanup_free_ char *json = json_print(item);

	text_copy_printable(text, sizeof(text), json_get_string(item, "text"));
	record.json = json ? json : "{}";
	return reading->each(reading->user, &record);
}

static bool take_event(struct event_stream *stream, const struct json *json)
{
	struct reading *reading = container_of(stream, struct reading, stream);
	const char *event = json_get_string(json, "event");

	if (!event)
		return false;
	if (strcmp(event, "started") == 0 && !reading->started) {
		reading->started = true;
		stream->deadline = DEADLINE_NEVER;
		return true;
	}
	if (!reading->started)
		return false;
	if (strcmp(event, "overflow") == 0) {
		if (!stream->stopped && tell(reading, json, true) != 0)
			event_stream_stop(stream);
		return true;
	}
	for (const struct json *item = json_first_item(json, "records"); item; item = json_next_item(item))
		if (!stream->stopped && tell(reading, item, false) != 0)
			event_stream_stop(stream);
	return strcmp(event, "records") == 0;
}

enum pith_code pith_kernel_log(struct pith_conn *conn, const struct pith_log_options *options,
			       int (*each)(void *user, const struct pith_log_record *record), void *user,
			       struct pith_error *err)
{
	struct reading reading = {
		.stream = { .conn = conn, .op = "kernel_log", .nonsense = "an event that is none of a log", .take = take_event },
		.each = each,
		.user = user,
	};
	struct file_request request;
	enum pith_code code;

	file_request_init(&request, NULL, NULL);
	file_request_flag(&request, "follow", options->follow);
	file_request_integer(&request, "level", options->level);
	code = file_request_queue(conn, "kernel_log", &request, err);
	reading.stream.deadline = deadline_after(options->timeout_ms);
	return code == PITH_OK ? event_stream_run(&reading.stream, err) : code;
}

enum pith_code pith_agent_log(struct pith_conn *conn, int64_t timeout_ms,
			      int (*each)(void *user, const struct pith_log_record *record), void *user,
			      struct pith_error *err)
{
	const struct reading reading = { .each = each, .user = user };
	struct json *answer = NULL;
	enum pith_code code = request_ask(conn, "agent_log", NULL, timeout_ms, &answer, err);

	for (const struct json *item = json_first_item(answer, "records"); item; item = json_next_item(item))
		if (tell(&reading, item, false) != 0)
			break;
	json_free(answer);
	return code;
}
