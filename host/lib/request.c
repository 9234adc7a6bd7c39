/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the requests without streams.
 *
 * Never: leaves a connection usable after a request whose reply did not come.
 */
#include <errno.h>
#include <string.h>

#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/request.h"

static enum pith_code wait_for_answer(struct pith_conn *conn, const char *op, int64_t timeout_ms, struct json **ret,
				      struct pith_error *err)
{
	int64_t deadline = deadline_after(timeout_ms);

	for (;;) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;
		enum pith_code code;

		switch (conn_next(conn, &frame, &problem)) {
		case CONN_FRAME:
			if (frame.type == FRAME_RESULT || frame.type == FRAME_ERROR)
				return conn_take_answer(conn, &frame, ret, err);
			if (frame.type == FRAME_EVENT)
				continue;
			return conn_tell_bad_reply(conn, "a frame that does not belong to this request", err);
		case CONN_BROKEN:
			return conn_tell_bad_reply(conn, problem, err);
		case CONN_NEED_MORE:
			break;
		}
		if (conn->eof)
			return conn_tell_lost(conn, op, err);
		code = conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline);
		if (code != PITH_OK)
			conn->unusable = true;
		if (code == PITH_SYSTEM)
			return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot wait", conn->name);
		if (code == PITH_DEADLINE)
			return error_set(err, PITH_DEADLINE, "%s: no answer to '%s' within %lld ms", conn->name, op,
					 (long long)timeout_ms);
	}
}

enum pith_code request_ask(struct pith_conn *conn, const char *op, struct json *fields, int64_t timeout_ms,
			   struct json **ret, struct pith_error *err)
{
	enum pith_code code = conn_check_usable(conn, err);
	struct json *answer = NULL;

	if (code == PITH_OK)
		code = conn_queue_request(conn, op, fields, err);
	else
		json_free(fields);
	if (code == PITH_OK)
		code = wait_for_answer(conn, op, timeout_ms, &answer, err);
	if (code == PITH_OK && ret)
		*ret = answer;
	else
		json_free(answer);
	return code;
}

enum pith_code request_ask_complete(struct pith_conn *conn, const char *op, struct json *fields, bool complete,
				    int64_t timeout_ms, struct json **ret, struct pith_error *err)
{
	if (!fields || !complete) {
		json_free(fields);
		return error_set_no_memory(err);
	}
	return request_ask(conn, op, fields, timeout_ms, ret, err);
}

enum pith_code pith_request(struct pith_conn *conn, const char *op, const char *fields, int64_t timeout_ms,
			    const char **ret_json, struct pith_error *err)
{
	struct json *members = NULL;
	const char *problem;
	enum pith_code code;

	if (fields) {
		members = json_parse_object(fields, strlen(fields), &problem);
		if (!members)
			return error_set(err, PITH_BAD_ARGUMENT, "the fields of '%s' are not a JSON object: %s", op,
					 problem);
	}
	code = request_ask(conn, op, members, timeout_ms, NULL, err);
	if (code == PITH_OK && ret_json)
		*ret_json = conn->result;
	return code;
}

enum pith_code pith_ping(struct pith_conn *conn, int64_t timeout_ms, struct pith_pong *ret, struct pith_error *err)
{
	int64_t before = deadline_now_us();
	struct json *answer = NULL;
	enum pith_code code = request_ask(conn, "ping", NULL, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	*ret = (struct pith_pong){ .round_trip_us = (uint64_t)(deadline_now_us() - before) };
	text_copy_printable(ret->generation, sizeof(ret->generation), json_get_string(answer, "generation"));
	ret->realtime_us = json_get_count(answer, "realtime_us", 0);
	ret->boottime_us = json_get_count(answer, "boottime_us", 0);
	json_free(answer);
	return PITH_OK;
}

const char *pith_result_json(const struct pith_conn *conn)
{
	return conn->result;
}
