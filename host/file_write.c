/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the upload of one file.
 *
 *	waiting for `started`  -> sending, as far as credit goes  -> Z is sent, the answer is waited for  -> over
 *
 * Never: sends Z behind input that could not be read to its end: only Z makes it a file.
 */
#include <errno.h>
#include <poll.h>

#include "conn.h"
#include "deadline.h"
#include "error.h"
#include "file_ask.h"
#include "io.h"

#define UPLOAD_CHUNK (128u << 10) /* one frame: its header and its system calls cost nothing beside it */

struct upload {
	struct pith_conn *conn;
	const struct pith_write_options *options;
	bool started;
	bool ended; /* Z is queued */
	uint64_t window;
};

static enum pith_code input_failed(struct upload *upload, int r, struct pith_error *err)
{
	upload->conn->unusable = true;
	return error_set_errno(err, PITH_INPUT_FAILED, -r, "cannot read what is to be written");
}

static enum pith_code take_started(struct upload *upload, const struct conn_frame *frame, struct pith_error *err)
{
	const char *problem;
	struct json *event = json_parse_object((const char *)frame->payload, frame->len, &problem);
	uint64_t offset = json_get_count(event, "offset_bytes", UINT64_MAX);
	uint64_t window = json_get_count(event, "window_bytes", UINT64_MAX);
	int r;

	json_free(event);
	if (upload->started || offset == UINT64_MAX || window == UINT64_MAX)
		return conn_tell_bad_reply(upload->conn, "an upload that does not begin anywhere", err);
	upload->started = true;
	upload->window = window;
	r = upload->options->started ? upload->options->started(upload->options->user, offset) : 0;
	return r < 0 ? input_failed(upload, r, err) : PITH_OK;
}

static enum pith_code take_window(struct upload *upload, const struct conn_frame *frame, struct pith_error *err)
{
	if (!upload->started || frame->stream != FRAME_STDIN)
		return conn_tell_bad_reply(upload->conn, "credit for nothing", err);
	/* 4 bytes, as frame_decode_header() has checked; 2^32 of these pass before the sum could overflow. */
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
	const struct pith_source *source = &upload->options->input;
	size_t room = upload->window < UPLOAD_CHUNK ? (size_t)upload->window : UPLOAD_CHUNK;
	uint8_t *p = conn_reserve_data(upload->conn, room);
	ssize_t n = 0;

	if (!p)
		return input_failed(upload, -ENOMEM, err);
	if (source->kind == PITH_STREAM_FD)
		n = io_read(source->fd, p, room);
	else if (source->kind == PITH_STREAM_CALLBACK)
		n = source->read(source->user, p, room);
	if (n == -EAGAIN)
		return PITH_OK;
	if (n < 0)
		return input_failed(upload, (int)n, err);
	if (n > 0) {
		conn_commit_data(upload->conn, (size_t)n);
		upload->window -= (uint64_t)n;
	} else {
		upload->ended = true;
		conn_queue(upload->conn, FRAME_END, FRAME_STDIN, NULL, 0);
	}
	/* Now, so that a turn that waits for the other side does not begin with the next piece unread. */
	conn_flush(upload->conn);
	return PITH_OK;
}

static enum pith_code take_result(struct upload *upload, const struct conn_frame *frame, uint64_t *ret_written,
				  struct pith_file *ret, struct pith_error *err)
{
	struct json *answer;
	enum pith_code code = conn_take_answer(upload->conn, frame, &answer, err);

	if (code != PITH_OK)
		return code;
	if (!upload->ended)
		code = conn_tell_bad_reply(upload->conn, "an upload has ended before its end was sent", err);
	else if (!file_state_read(answer, ret))
		code = file_tell_bad_state(upload->conn, err);
	else if (ret_written)
		*ret_written = json_get_count(answer, "written_bytes", 0);
	json_free(answer);
	return code;
}

/* One turn: waits for the agent and, where there is credit, for the input. */
static enum pith_code move(struct upload *upload, int64_t timeout_ms, int64_t *deadline, struct pith_error *err)
{
	const struct pith_source *source = &upload->options->input;
	bool wanted = wants_input(upload);
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = -1, .events = POLLIN } };
	enum pith_code code;

	if (wanted && source->kind != PITH_STREAM_FD) {
		code = send_some(upload, err);
		/* What the agent says is looked at when its credit is used up, or the socket takes no more. */
		if (code != PITH_OK || wants_input(upload))
			return code;
	} else if (wanted) {
		/* Slow input is not the agent's silence. */
		fds[1].fd = source->fd;
		*deadline = DEADLINE_NEVER;
	} else if (*deadline == DEADLINE_NEVER) {
		*deadline = deadline_after(timeout_ms);
	}
	code = file_turn(upload->conn, fds, 2, *deadline, "file_write", err);
	if (code == PITH_OK && fds[1].revents)
		code = send_some(upload, err);
	return code;
}

static enum pith_code run_upload(struct upload *upload, int64_t timeout_ms, uint64_t *ret_written,
				 struct pith_file *ret, struct pith_error *err)
{
	int64_t deadline = deadline_after(timeout_ms);
	enum pith_code code = PITH_OK;

	while (code == PITH_OK) {
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(upload->conn, &frame, &problem)) {
		case CONN_BROKEN:
			return conn_tell_bad_reply(upload->conn, problem, err);
		case CONN_NEED_MORE:
			code = move(upload, timeout_ms, &deadline, err);
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
			return take_result(upload, &frame, ret_written, ret, err);
		else
			return conn_tell_bad_reply(upload->conn, "a frame that does not belong to file_write", err);
	}
	return code;
}

static void add_options(struct file_request *request, const struct pith_write_options *options)
{
	static const char *const how[] = {
		[PITH_WRITE_REPLACE] = "replace",
		[PITH_WRITE_CREATE_NEW] = "create_new",
		[PITH_WRITE_APPEND] = "append",
		[PITH_WRITE_AT] = "at",
	};
	static const char *const fsync_names[] = {
		[PITH_FSYNC_NONE] = "none",
		[PITH_FSYNC_FILE] = "file",
		[PITH_FSYNC_ALL] = "all",
	};

	file_request_text(request, "how", how[options->how]);
	file_request_text(request, "fsync", fsync_names[options->fsync]);
	if (options->how == PITH_WRITE_AT)
		file_request_integer(request, "offset_bytes", (int64_t)options->offset_bytes);
	file_request_text(request, "partial", options->partial);
	file_request_text(request, "if_unchanged_since", options->if_unchanged_since);
	if (options->has_mode)
		file_request_integer(request, "mode", options->mode);
	file_request_text(request, "owner", options->owner);
	if (options->has_mtime)
		file_request_integer(request, "mtime_us", options->mtime_us);
	file_request_flag(request, "parents", options->parents);
}

enum pith_code pith_file_write(struct pith_conn *conn, const struct pith_where *where, const char *path,
			       const struct pith_write_options *options, uint64_t *ret_written, struct pith_file *ret,
			       struct pith_error *err)
{
	struct upload upload = { .conn = conn, .options = options };
	struct file_request request;
	enum pith_code code;

	file_request_init(&request, where, path);
	add_options(&request, options);
	code = file_request_queue(conn, "file_write", &request, err);
	if (code != PITH_OK)
		return code;
	return run_upload(&upload, request.timeout_ms, ret_written, ret, err);
}
