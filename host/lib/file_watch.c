/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a watch on the host's side.
 *
 *	waiting for `started`  -> changes come, without a deadline  -> stop sent, waiting for R  -> over
 *
 * Never: passes on a path that leaves the directory; hides lost events.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/lib/deadline.h"
#include "host/lib/event_stream.h"
#include "host/lib/file_ask.h"
#include "host/lib/file_name.h"

#define DEPTH_MAX 2048u /* a path of 4095 bytes has no more parts */

struct watching {
	struct event_stream stream;
	int (*each)(void *user, const struct pith_change *change);
	void *user;
	bool started;
};

static enum pith_change_kind kind_of(const char *name)
{
	static const struct {
		const char *name;
		enum pith_change_kind kind;
	} kinds[] = {
		{ "created", PITH_CHANGE_CREATED },	  { "modified", PITH_CHANGE_MODIFIED },
		{ "attributes", PITH_CHANGE_ATTRIBUTES }, { "removed", PITH_CHANGE_REMOVED },
		{ "renamed", PITH_CHANGE_RENAMED },
	};

	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	}
	return PITH_CHANGE_OTHER;
}

static void tell(struct watching *watching, struct pith_change *change, const struct json *json)
{
	char *text = json_print(json);

	change->json = text ? text : "{}";
	if (watching->each(watching->user, change) != 0)
		event_stream_stop(&watching->stream);
	free(text);
}

static bool is_name(const char *text, char dst[PITH_PATH_SIZE])
{
	return file_name_decode(text, dst, PITH_PATH_SIZE) && file_name_is_below(dst, DEPTH_MAX);
}

static bool take_changes(struct watching *watching, const struct json *event)
{
	for (const struct json *item = json_first_item(event, "changes"); item; item = json_next_item(item)) {
		struct pith_change change = { .kind = kind_of(json_get_string(item, "kind")) };
		char path[PITH_PATH_SIZE], from[PITH_PATH_SIZE];

		if (!is_name(json_get_string(item, "path"), path))
			return false;
		if (change.kind == PITH_CHANGE_RENAMED && !is_name(json_get_string(item, "from"), from))
			return false;
		change.path = path;
		change.from = change.kind == PITH_CHANGE_RENAMED ? from : NULL;
		change.directory = json_get_bool(item, "directory");
		if (!watching->stream.stopped)
			tell(watching, &change, item);
	}
	return true;
}

static bool take_event(struct event_stream *stream, const struct json *json)
{
	struct watching *watching = container_of(stream, struct watching, stream);
	struct pith_change change = { .path = "" };
	const char *event = json_get_string(json, "event");

	if (!event)
		return false;
	if (strcmp(event, "changes") == 0)
		return watching->started && take_changes(watching, json);
	if (strcmp(event, "started") == 0 && !watching->started) {
		watching->started = true;
		watching->stream.deadline = DEADLINE_NEVER;
		change.kind = PITH_CHANGE_STARTED;
	} else if (strcmp(event, "overflow") == 0 && watching->started) {
		change.kind = PITH_CHANGE_OVERFLOW;
	} else {
		return false;
	}
	if (!watching->stream.stopped)
		tell(watching, &change, json);
	return true;
}

enum pith_code pith_watch(struct pith_conn *conn, const struct pith_where *where, const char *path,
			  enum pith_watch_depth depth, int (*each)(void *user, const struct pith_change *change),
			  void *user, struct pith_error *err)
{
	struct watching watching = {
		.stream = { .conn = conn, .op = "watch", .nonsense = "a change that cannot be in the directory", .take = take_event },
		.each = each,
		.user = user,
	};
	struct file_request request;
	enum pith_code code;

	file_request_init(&request, where, path);
	file_request_flag(&request, "recursive", depth == PITH_WATCH_TREE);
	code = file_request_queue(conn, "watch", &request, err);
	watching.stream.deadline = deadline_after(request.timeout_ms);
	return code == PITH_OK ? event_stream_run(&watching.stream, err) : code;
}
