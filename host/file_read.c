/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the download of one file.
 *
 * Never: reads on while the sink is full, so that a slow reader here stops the worker there and nothing else.
 */
#include <errno.h>
#include <poll.h>

#include "conn.h"
#include "deadline.h"
#include "error.h"
#include "file_ask.h"
#include "io.h"

struct download {
	struct pith_conn *conn;
	const struct pith_read_options *options;
	bool started;
	bool ended; /* Z */
	uint64_t received;
};

/* Waits as long as the sink's fd takes: it is the caller's own reader. */
static int write_all(const struct pith_sink *sink, const uint8_t *p, size_t len)
{
	if (sink->kind == PITH_STREAM_CALLBACK)
		return sink->write(sink->user, p, len);
	if (sink->kind != PITH_STREAM_FD)
		return 0;
	while (len > 0) {
		struct pollfd fd = { .fd = sink->fd, .events = POLLOUT };
		ssize_t n = io_write(sink->fd, p, len);

		if (n == -EAGAIN)
			n = io_poll(&fd, 1, -1) < 0 ? -EIO : 0;
		if (n < 0)
			return (int)n;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static enum pith_code output_failed(struct download *download, int r, struct pith_error *err)
{
	download->conn->unusable = true;
	return error_set_errno(err, PITH_OUTPUT_FAILED, -r, "cannot write what was read");
}

static enum pith_code take_started(struct download *download, const struct conn_frame *frame, struct pith_error *err)
{
	const char *problem;
	struct json *event = json_parse_object((const char *)frame->payload, frame->len, &problem);
	struct pith_file file;
	bool good = event && file_state_read(event, &file);
	int r;

	json_free(event);
	if (!good || download->started)
		return file_tell_bad_state(download->conn, err);
	download->started = true;
	r = download->options->started ? download->options->started(download->options->user, &file) : 0;
	return r < 0 ? output_failed(download, r, err) : PITH_OK;
}

static enum pith_code take_data(struct download *download, const struct conn_frame *frame, struct pith_error *err)
{
	int r;

	if (frame->stream != FRAME_STDOUT || !download->started || download->ended)
		return conn_tell_bad_reply(download->conn, "bytes that do not belong to the file", err);
	r = write_all(&download->options->output, frame->payload, frame->len);
	if (r < 0)
		return output_failed(download, r, err);
	download->received += frame->len;
	conn_consume(download->conn, frame->len);
	return PITH_OK;
}

static enum pith_code take_result(struct download *download, const struct conn_frame *frame,
				  struct pith_read_result *ret, struct pith_error *err)
{
	struct json *answer;
	enum pith_code code = conn_take_answer(download->conn, frame, &answer, err);

	if (code != PITH_OK)
		return code;
	*ret = (struct pith_read_result){
		.changed = json_get_bool(answer, "changed"),
		.stable = json_get_bool(answer, "stable"),
		.sent_bytes = json_get_count(answer, "sent_bytes", 0),
	};
	if (!file_state_read(answer, &ret->file))
		code = file_tell_bad_state(download->conn, err);
	else if (ret->sent_bytes != download->received || ret->changed != download->ended)
		code = conn_tell_bad_reply(download->conn, "the bytes of a file are not those that it counts", err);
	json_free(answer);
	return code;
}

static enum pith_code run_download(struct download *download, int64_t timeout_ms, struct pith_read_result *ret,
				   struct pith_error *err)
{
	int64_t deadline = deadline_after(timeout_ms);
	enum pith_code code = PITH_OK;

	while (code == PITH_OK) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(download->conn, &frame, &problem)) {
		case CONN_BROKEN:
			return conn_tell_bad_reply(download->conn, problem, err);
		case CONN_NEED_MORE:
			code = file_turn(download->conn, fds, 1, deadline, "file_read", err);
			continue;
		case CONN_FRAME:
			break;
		}
		deadline = deadline_after(timeout_ms);
		if (frame.type == FRAME_DATA)
			code = take_data(download, &frame, err);
		else if (frame.type == FRAME_EVENT)
			code = take_started(download, &frame, err);
		else if (frame.type == FRAME_END && download->started)
			download->ended = true;
		else if (frame.type == FRAME_RESULT || frame.type == FRAME_ERROR)
			return take_result(download, &frame, ret, err);
		else
			return conn_tell_bad_reply(download->conn, "a frame that does not belong to file_read", err);
	}
	return code;
}

enum pith_code pith_file_read(struct pith_conn *conn, const struct pith_where *where, const char *path,
			      const struct pith_read_options *options, struct pith_read_result *ret,
			      struct pith_error *err)
{
	struct download download = { .conn = conn, .options = options };
	struct file_request request;
	enum pith_code code;

	file_request_init(&request, where, path);
	if (options->offset_bytes)
		file_request_integer(&request, "offset_bytes", (int64_t)options->offset_bytes);
	if (options->length_bytes)
		file_request_integer(&request, "length_bytes", (int64_t)options->length_bytes);
	file_request_text(&request, "if_changed_since", options->if_changed_since);
	code = file_request_queue(conn, "file_read", &request, err);
	if (code != PITH_OK)
		return code;
	return run_download(&download, request.timeout_ms, ret, err);
}
