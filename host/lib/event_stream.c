/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the frames of a stream of events.
 *
 *	events come  -> stop sent, waiting for R  -> over
 *
 * Never: takes another frame for an event; waits for ever after a stop.
 */
#include "host/lib/event_stream.h"

#include <string.h>

#include "host/lib/deadline.h"
#include "host/lib/file_ask.h"

#define STOP_EVENT "{\"event\":\"stop\"}"
#define STOP_MS 10000 /* for the reply to stop, after events that were sent before */

static enum pith_code take_frame(struct event_stream *stream, const struct conn_frame *frame, bool *over, struct pith_error *err)
{
	struct json *json = NULL;
	const char *problem = "a frame that is no event";
	enum pith_code code;
	bool good;

	if (frame->type == FRAME_RESULT || frame->type == FRAME_ERROR) {
		*over = true;
		code = conn_take_answer(stream->conn, frame, &json, err);
		if (code == PITH_OK)
			json_free(json);
		return code;
	}
	if (frame->type == FRAME_EVENT)
		json = json_parse_object((const char *)frame->payload, frame->len, &problem);
	if (!json)
		return conn_tell_bad_reply(stream->conn, problem, err);
	good = stream->take(stream, json);
	json_free(json);
	return good ? PITH_OK : conn_tell_bad_reply(stream->conn, stream->nonsense, err);
}

void event_stream_stop(struct event_stream *stream)
{
	if (stream->stopped)
		return;
	stream->stopped = true;
	stream->deadline = deadline_after(STOP_MS);
	conn_queue(stream->conn, FRAME_EVENT, 0, STOP_EVENT, strlen(STOP_EVENT));
}

enum pith_code event_stream_run(struct event_stream *stream, struct pith_error *err)
{
	enum pith_code code = PITH_OK;
	bool over = false;

	while (code == PITH_OK && !over) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(stream->conn, &frame, &problem)) {
		case CONN_FRAME:
			code = take_frame(stream, &frame, &over, err);
			break;
		case CONN_NEED_MORE:
			code = file_turn(stream->conn, fds, 1, stream->deadline, stream->op, err);
			break;
		case CONN_BROKEN:
			return conn_tell_bad_reply(stream->conn, problem, err);
		}
	}
	return code;
}
