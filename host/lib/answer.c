/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the JSON form of requests and of replies (R and E frames), and the error messages for a connection that ends
 * before the reply.
 */
#include <stdlib.h>
#include <string.h>

#include "host/lib/conn.h"
#include "host/lib/error.h"

static enum pith_code queue_text(struct pith_conn *conn, const char *text, struct pith_error *err)
{
	size_t len = strlen(text);
	const char *problem;
	struct json *checked;

	if (len > conn->hello.json_bytes)
		return error_set(err, PITH_BAD_ARGUMENT,
				 "the request is %zu bytes long, and the agent takes at most %u", len,
				 conn->hello.json_bytes);
	/* The agent would refuse the text too, but its error would be about bytes that the user has not written. */
	checked = json_parse_object(text, len, &problem);
	if (!checked)
		return error_set(err, PITH_BAD_ARGUMENT, "the request cannot be written as JSON: %s", problem);
	json_free(checked);
	if (!conn_queue(conn, FRAME_REQUEST, 0, text, len))
		return error_set(err, PITH_SYSTEM, "there is no room left to queue the request");
	return PITH_OK;
}

enum pith_code conn_queue_request(struct pith_conn *conn, const char *op, struct json *fields, struct pith_error *err)
{
	struct json *request = fields ? fields : json_new_object();
	char *text = NULL;
	enum pith_code code;

	if (request && json_add_string(request, "op", op))
		text = json_print(request);
	json_free(request);
	if (!text)
		return error_set_no_memory(err);
	code = queue_text(conn, text, err);
	free(text);
	return code;
}

static enum pith_code take_error(struct pith_conn *conn, struct json *json, struct pith_error *err)
{
	const char *code = json_get_string(json, "code");
	char message[384], path[64];

	if (!code)
		return conn_tell_bad_reply(conn, "an error without a code", err);
	/* The agent closes the connection after a protocol_error. */
	if (strcmp(code, "protocol_error") == 0)
		conn->unusable = true;
	if (!err)
		return PITH_GUEST_ERROR;
	text_copy_printable(message, sizeof(message), json_get_string(json, "message"));
	text_copy_printable(path, sizeof(path), json_get_string(json, "path"));
	error_set(err, PITH_GUEST_ERROR, "the agent: %s%s%s%s", message[0] ? message : "an error without a message",
		  path[0] ? " (" : "", path, path[0] ? ")" : "");
	text_copy_printable(err->guest_code, sizeof(err->guest_code), code);
	text_copy_printable(err->guest_errno, sizeof(err->guest_errno), json_get_string(json, "errno"));
	text_copy_printable(err->guest_field, sizeof(err->guest_field), json_get_string(json, "field"));
	text_copy_printable(err->guest_step, sizeof(err->guest_step), json_get_string(json, "step"));
	return PITH_GUEST_ERROR;
}

enum pith_code conn_take_answer(struct pith_conn *conn, const struct conn_frame *frame, struct json **ret,
				struct pith_error *err)
{
	const char *text = (const char *)frame->payload;
	const char *problem;
	struct json *json = json_parse_object(text, frame->len, &problem);
	enum pith_code code;

	if (!json)
		return conn_tell_bad_reply(conn, problem, err);
	if (frame->type == FRAME_ERROR) {
		code = take_error(conn, json, err);
		json_free(json);
		return code;
	}
	free(conn->result);
	conn->result = strndup(text, frame->len);
	if (!conn->result) {
		json_free(json);
		return error_set_no_memory(err);
	}
	*ret = json;
	return PITH_OK;
}

enum pith_code conn_tell_lost(struct pith_conn *conn, const char *op, struct pith_error *err)
{
	bool mid_frame = conn->data_left > 0 || conn->in_end > conn->in_start;
	const char *where = mid_frame ? ", in the middle of a frame" : "";

	conn->unusable = true;
	if (conn->gone_errno != 0)
		return error_set_errno(err, PITH_LOST, conn->gone_errno, "%s: the connection was lost during '%s'%s",
				       conn->name, op, where);
	return error_set(err, PITH_LOST, "%s: the other side closed the connection during '%s'%s", conn->name, op,
			 where);
}

enum pith_code conn_tell_bad_reply(struct pith_conn *conn, const char *problem, struct pith_error *err)
{
	conn->unusable = true;
	return error_set(err, PITH_BAD_REPLY, "%s: the other side broke the protocol: %s", conn->name, problem);
}

enum pith_code conn_check_usable(const struct pith_conn *conn, struct pith_error *err)
{
	if (!conn->unusable && !conn->eof)
		return PITH_OK;
	return error_set(err, PITH_LOST, "%s: this connection has ended with an earlier call", conn->name);
}
