/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a watch on the host's side.
 *
 *	waiting for `started`  -> changes come, for as long as they may  -> stop was sent, R is waited for  -> over
 *
 * Never: hands on a path that leaves the folder; is silent about events that were lost.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "deadline.h"
#include "error.h"
#include "file_ask.h"
#include "file_name.h"

#define DEPTH_MAX 2048u /* a path of 4095 bytes has no more parts */
#define STOP_EVENT "{\"event\":\"stop\"}"
#define STOP_MS 10000 /* for its answer, behind the changes that are on the way */

struct watching {
	struct pith_conn *conn;
	int (*each)(void *user, const struct pith_change *change);
	void *user;
	bool started;
	bool stopped;
	int64_t deadline;
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
	if (watching->each(watching->user, change) != 0 && !watching->stopped) {
		watching->stopped = true;
		watching->deadline = deadline_after(STOP_MS);
		conn_queue(watching->conn, FRAME_EVENT, 0, STOP_EVENT, strlen(STOP_EVENT));
	}
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
		if (!watching->stopped)
			tell(watching, &change, item);
	}
	return true;
}

static bool take_event(struct watching *watching, const struct json *json)
{
	struct pith_change change = { .path = "" };
	const char *event = json_get_string(json, "event");

	if (!event)
		return false;
	if (strcmp(event, "changes") == 0)
		return watching->started && take_changes(watching, json);
	if (strcmp(event, "started") == 0 && !watching->started) {
		watching->started = true;
		watching->deadline = DEADLINE_NEVER;
		change.kind = PITH_CHANGE_STARTED;
	} else if (strcmp(event, "overflow") == 0 && watching->started) {
		change.kind = PITH_CHANGE_OVERFLOW;
	} else {
		return false;
	}
	if (!watching->stopped)
		tell(watching, &change, json);
	return true;
}

static enum pith_code take_frame(struct watching *watching, const struct conn_frame *frame, bool *over,
				 struct pith_error *err)
{
	struct json *json = NULL;
	const char *problem = "a frame that does not belong to watch";
	enum pith_code code;
	bool good;

	if (frame->type == FRAME_RESULT || frame->type == FRAME_ERROR) {
		*over = true;
		code = conn_take_answer(watching->conn, frame, &json, err);
		if (code == PITH_OK)
			json_free(json);
		return code;
	}
	if (frame->type == FRAME_EVENT)
		json = json_parse_object((const char *)frame->payload, frame->len, &problem);
	if (!json)
		return conn_tell_bad_reply(watching->conn, problem, err);
	good = take_event(watching, json);
	json_free(json);
	return good ? PITH_OK : conn_tell_bad_reply(watching->conn, "a change that cannot be in the folder", err);
}

enum pith_code pith_watch(struct pith_conn *conn, const struct pith_where *where, const char *path,
			  enum pith_watch_depth depth, int (*each)(void *user, const struct pith_change *change),
			  void *user, struct pith_error *err)
{
	struct watching watching = { .conn = conn, .each = each, .user = user };
	struct file_request request;
	enum pith_code code;
	bool over = false;

	file_request_init(&request, where, path);
	file_request_flag(&request, "recursive", depth == PITH_WATCH_TREE);
	code = file_request_queue(conn, "watch", &request, err);
	watching.deadline = deadline_after(request.timeout_ms);
	while (code == PITH_OK && !over) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(conn, &frame, &problem)) {
		case CONN_FRAME:
			code = take_frame(&watching, &frame, &over, err);
			break;
		case CONN_NEED_MORE:
			code = file_turn(conn, fds, 1, watching.deadline, "watch", err);
			break;
		case CONN_BROKEN:
			return conn_tell_bad_reply(conn, problem, err);
		}
	}
	return code;
}
