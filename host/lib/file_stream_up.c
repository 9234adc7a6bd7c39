/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the transfer of bytes from a source to the agent.
 *
 *	waiting for `started`  -> sending, within the credit  -> Z sent, waiting for the reply  -> over
 *
 * Never: sends Z after input that could not be read to its end, because Z makes the upload a file.
 */
#include "host/lib/file_stream.h"

#include <errno.h>
#include <poll.h>

#include "common/io.h"
#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/file_ask.h"

#define UPLOAD_CHUNK (128u << 10) /* bytes of a frame: large compared with the cost of its header and system calls */

struct upload {
	const struct file_stream *stream;
	struct pith_conn *conn;
	const struct pith_source *source;
	bool started;
	bool ended; /* Z is queued */
	uint64_t window;
};

enum pith_code file_stream_input_failed(struct pith_conn *conn, int r, struct pith_error *err)
{
	conn->unusable = true;
	return error_set_errno(err, PITH_INPUT_FAILED, -r, "cannot read what is to be written");
}

static enum pith_code take_started(struct upload *upload, const struct conn_frame *frame, struct pith_error *err)
{
	const struct file_stream *stream = upload->stream;
	const char *problem;
	struct json *event = json_parse_object((const char *)frame->payload, frame->len, &problem);
	enum pith_code code = PITH_OK;

	upload->window = json_get_count(event, "window_bytes", UINT64_MAX);
	if (upload->started || upload->window == UINT64_MAX)
		code = conn_tell_bad_reply(upload->conn, "an upload that does not begin once, with a window", err);
	else if (stream->started)
		code = stream->started(stream->user, event, err);
	upload->started = true;
	json_free(event);
	return code;
}

static enum pith_code take_window(struct upload *upload, const struct conn_frame *frame, struct pith_error *err)
{
	if (!upload->started || frame->stream != FRAME_STDIN)
		return conn_tell_bad_reply(upload->conn, "credit for nothing", err);
	/* frame_decode_header() has checked that there are 4 bytes. 2^32 such frames are needed to overflow the sum. */
	upload->window += frame->payload[0] | (uint64_t)frame->payload[1] << 8 | (uint64_t)frame->payload[2] << 16 |
			  (uint64_t)frame->payload[3] << 24;
	return PITH_OK;
}

static bool wants_input(const struct upload *upload)
{
	return upload->started && !upload->ended && upload->window > 0 && upload->conn->out.len == 0;
}

static enum pith_code send_some(struct upload *upload, struct pith_error *err)
{
	const struct pith_source *source = upload->source;
	size_t room = upload->window < UPLOAD_CHUNK ? (size_t)upload->window : UPLOAD_CHUNK;
	uint8_t *p = conn_reserve_data(upload->conn, room);
	ssize_t n = 0;

	if (!p)
		return file_stream_input_failed(upload->conn, -ENOMEM, err);
	if (source->kind == PITH_STREAM_FD)
		n = io_read(source->fd, p, room);
	else if (source->kind == PITH_STREAM_CALLBACK)
		n = source->read(source->user, p, room);
	if (n == -EAGAIN)
		return PITH_OK;
	if (n < 0)
		return file_stream_input_failed(upload->conn, (int)n, err);
	if (n > 0) {
		conn_commit_data(upload->conn, (size_t)n);
		upload->window -= (uint64_t)n;
	} else {
		upload->ended = true;
		conn_queue(upload->conn, FRAME_END, FRAME_STDIN, NULL, 0);
	}
	/* Flushes now, so that the next piece is read before a turn waits for the agent. */
	conn_flush(upload->conn);
	return PITH_OK;
}

static enum pith_code take_answer(struct upload *upload, const struct conn_frame *frame, struct json **ret_answer,
				  struct pith_error *err)
{
	enum pith_code code = conn_take_answer(upload->conn, frame, ret_answer, err);

	if (code != PITH_OK || upload->ended)
		return code;
	json_free(*ret_answer);
	return conn_tell_bad_reply(upload->conn, "an upload has ended before its end was sent", err);
}

/* One turn: waits for the agent and, if there is credit, for the input. */
static enum pith_code move(struct upload *upload, int64_t *deadline, struct pith_error *err)
{
	const struct pith_source *source = upload->source;
	bool wanted = wants_input(upload);
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = -1, .events = POLLIN } };
	enum pith_code code;

	if (wanted && source->kind != PITH_STREAM_FD) {
		code = send_some(upload, err);
		/* Frames of the agent are handled only when the credit is used up, or the socket is full. */
		if (code != PITH_OK || wants_input(upload))
			return code;
	} else if (wanted) {
		/* The timeout is for a silent agent, and does not run while waiting for the input. */
		fds[1].fd = source->fd;
		*deadline = DEADLINE_NEVER;
	} else if (*deadline == DEADLINE_NEVER) {
		*deadline = deadline_after(upload->stream->timeout_ms);
	}
	code = file_turn(upload->conn, fds, 2, *deadline, upload->stream->op, err);
	if (code == PITH_OK && fds[1].revents)
		code = send_some(upload, err);
	return code;
}

static enum pith_code run_upload(struct upload *upload, struct json **ret_answer, struct pith_error *err)
{
	int64_t timeout_ms = upload->stream->timeout_ms, deadline = deadline_after(timeout_ms);
	enum pith_code code = PITH_OK;

	while (code == PITH_OK) {
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(upload->conn, &frame, &problem)) {
		case CONN_BROKEN:
			return conn_tell_bad_reply(upload->conn, problem, err);
		case CONN_NEED_MORE:
			code = move(upload, &deadline, err);
			continue;
		case CONN_FRAME:
			break;
		}
		deadline = deadline_after(timeout_ms);
		if (frame.type == FRAME_WINDOW)
			code = take_window(upload, &frame, err);
		else if (frame.type == FRAME_EVENT)
			code = take_started(upload, &frame, err);
		else if (frame.type == FRAME_RESULT || frame.type == FRAME_ERROR)
			return take_answer(upload, &frame, ret_answer, err);
		else
			return conn_tell_bad_reply(upload->conn, "a frame that does not belong to an upload", err);
	}
	return code;
}

enum pith_code file_stream_up(const struct file_stream *stream, const struct pith_source *source, struct json **ret_answer,
			      struct pith_error *err)
{
	struct upload upload = { .stream = stream, .conn = stream->conn, .source = source };

	return run_upload(&upload, ret_answer, err);
}
