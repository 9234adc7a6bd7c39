/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the transfer of bytes from the agent to a sink.
 *
 * Never: reads on while the sink is full, so that a slow sink stops only this request's worker in the guest.
 */
#include "host/lib/file_stream.h"

#include <errno.h>
#include <poll.h>

#include "common/io.h"
#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/file_ask.h"

struct download {
	const struct file_stream *stream;
	const struct pith_sink *sink;
	bool started;
	bool ended; /* Z has come */
	uint64_t received;
};

/* Waits for the sink's fd without a deadline: its reader is the caller's own. */
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

enum pith_code file_stream_output_failed(struct pith_conn *conn, int r, struct pith_error *err)
{
	conn->unusable = true;
	return error_set_errno(err, PITH_OUTPUT_FAILED, -r, "cannot write what was read");
}

static enum pith_code take_started(struct download *download, const struct conn_frame *frame, struct pith_error *err)
{
	const struct file_stream *stream = download->stream;
	const char *problem;
	struct json *event = json_parse_object((const char *)frame->payload, frame->len, &problem);
	enum pith_code code = PITH_OK;

	if (!event || download->started)
		code = conn_tell_bad_reply(stream->conn, "a stream that does not begin once", err);
	else if (stream->started)
		code = stream->started(stream->user, event, err);
	download->started = true;
	json_free(event);
	return code;
}

static enum pith_code take_data(struct download *download, const struct conn_frame *frame, struct pith_error *err)
{
	struct pith_conn *conn = download->stream->conn;
	int r;

	if (frame->stream != FRAME_STDOUT || !download->started || download->ended)
		return conn_tell_bad_reply(conn, "bytes that do not belong to the stream", err);
	r = write_all(download->sink, frame->payload, frame->len);
	if (r < 0)
		return file_stream_output_failed(conn, r, err);
	download->received += frame->len;
	conn_consume(conn, frame->len);
	return PITH_OK;
}

static enum pith_code run_download(struct download *download, struct json **ret_answer, struct pith_error *err)
{
	const struct file_stream *stream = download->stream;
	int64_t deadline = deadline_after(stream->timeout_ms);
	enum pith_code code = PITH_OK;

	while (code == PITH_OK) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(stream->conn, &frame, &problem)) {
		case CONN_BROKEN:
			return conn_tell_bad_reply(stream->conn, problem, err);
		case CONN_NEED_MORE:
			code = file_turn(stream->conn, fds, 1, deadline, stream->op, err);
			continue;
		case CONN_FRAME:
			break;
		}
		deadline = deadline_after(stream->timeout_ms);
		if (frame.type == FRAME_DATA)
			code = take_data(download, &frame, err);
		else if (frame.type == FRAME_EVENT)
			code = take_started(download, &frame, err);
		else if (frame.type == FRAME_END && download->started)
			download->ended = true;
		else if (frame.type == FRAME_RESULT || frame.type == FRAME_ERROR)
			return conn_take_answer(stream->conn, &frame, ret_answer, err);
		else
			return conn_tell_bad_reply(stream->conn, "a frame that does not belong to a download", err);
	}
	return code;
}

enum pith_code file_stream_down(const struct file_stream *stream, const struct pith_sink *sink, struct json **ret_answer,
				uint64_t *ret_received, bool *ret_ended, struct pith_error *err)
{
	struct download download = { .stream = stream, .sink = sink };
	enum pith_code code = run_download(&download, ret_answer, err);

	*ret_received = download.received;
	*ret_ended = download.ended;
	return code;
}
