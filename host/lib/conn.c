/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the socket, its input and output buffers, and the self-pipe.
 *
 * Never: waits without the caller's deadline, buffers more than CONN_IN_BYTES and CONN_OUT_BYTES, trusts a length.
 */
#include "host/lib/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "host/lib/deadline.h"

static void note_gone(struct pith_conn *conn, int error)
{
	conn->eof = true;
	if (conn->gone_errno == 0)
		conn->gone_errno = error;
}

static void receive(struct pith_conn *conn)
{
	ssize_t n;

	if (conn->in_start > 0) {
		memmove(conn->in, conn->in + conn->in_start, conn->in_end - conn->in_start);
		conn->in_end -= conn->in_start;
		conn->in_start = 0;
	}
	n = io_read(conn->fd, conn->in + conn->in_end, CONN_IN_BYTES - conn->in_end);
	if (n > 0) {
		conn->in_end += (size_t)n;
		conn->received += (uint64_t)n;
	} else if (n == 0) {
		note_gone(conn, 0);
	} else if (n != -EAGAIN) {
		note_gone(conn, (int)-n);
	}
}

struct pith_conn *conn_new(int fd, const char *name)
{
	struct pith_conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		close_fd(&fd);
		return NULL;
	}
	conn->fd = fd;
	conn->wake[0] = conn->wake[1] = -1;
	conn->out = BUF_INIT(CONN_OUT_BYTES);
	snprintf(conn->name, sizeof(conn->name), "%s", name);
	conn->in = malloc(CONN_IN_BYTES);
	if (!conn->in || pipe2(conn->wake, O_CLOEXEC | O_NONBLOCK) < 0) {
		int saved = errno;

		pith_close(conn);
		errno = saved;
		return NULL;
	}
	return conn;
}

void pith_close(struct pith_conn *conn)
{
	if (!conn)
		return;
	close_fd(&conn->fd);
	close_fd(&conn->wake[0]);
	close_fd(&conn->wake[1]);
	buf_deinit(&conn->out);
	free(conn->in);
	free(conn->result);
	free(conn->token);
	free(conn);
}

void conn_replace(struct pith_conn *conn, struct pith_conn *other)
{
	uint8_t *in = conn->in;

	close_fd(&conn->fd);
	conn->fd = take_fd(&other->fd);
	conn->in = other->in;
	other->in = in;
	conn->in_start = other->in_start;
	conn->in_end = other->in_end;
	conn->data_left = other->data_left;
	conn->data_stream = other->data_stream;
	conn->hello = other->hello;
	conn->eof = other->eof;
	conn->gone_errno = other->gone_errno;
	conn->unusable = other->unusable;
	buf_deinit(&conn->out);
	conn->out = BUF_INIT(CONN_OUT_BYTES);
	pith_close(other);
}

void conn_consume(struct pith_conn *conn, size_t n)
{
	conn->in_start += n;
	conn->data_left -= (uint32_t)n;
}

enum conn_next conn_next(struct pith_conn *conn, struct conn_frame *ret, const char **ret_problem)
{
	for (;;) {
		const uint8_t *p = conn->in + conn->in_start;
		size_t available = conn->in_end - conn->in_start;
		struct frame_header header;
		enum frame_result result;

		if (conn->data_left > 0) {
			if (available == 0)
				return CONN_NEED_MORE;
			ret->type = FRAME_DATA;
			ret->stream = conn->data_stream;
			ret->payload = p;
			ret->len = available < conn->data_left ? available : conn->data_left;
			return CONN_FRAME;
		}
		result = frame_decode_header(p, available, &header);
		if (result == FRAME_MORE)
			return CONN_NEED_MORE;
		if (result != FRAME_OK) {
			*ret_problem = frame_result_text(result);
			return CONN_BROKEN;
		}
		if (header.type == FRAME_DATA) {
			conn->in_start += FRAME_HEADER_SIZE;
			conn->data_left = header.length;
			conn->data_stream = header.stream;
			continue;
		}
		if (available - FRAME_HEADER_SIZE < header.length)
			return CONN_NEED_MORE;
		conn->in_start += FRAME_HEADER_SIZE + header.length;
		ret->type = header.type;
		ret->stream = header.stream;
		ret->payload = p + FRAME_HEADER_SIZE;
		ret->len = header.length;
		return CONN_FRAME;
	}
}

void conn_flush(struct pith_conn *conn)
{
	ssize_t n;

	if (conn->out.len == 0)
		return;
	n = send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL);
	if (n >= 0) {
		buf_consume(&conn->out, (size_t)n);
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	/* The peer may have sent an error before it closed: reading goes on to the end of the stream. */
	conn->gone_errno = errno;
	buf_consume(&conn->out, conn->out.len);
}

enum pith_code conn_turn(struct pith_conn *conn, struct pollfd *fds, nfds_t count, enum conn_input input,
			 int64_t deadline)
{
	int n;

	conn_flush(conn);
	fds[0].events = (short)((input == CONN_WANT_INPUT ? POLLIN : 0) | (conn->out.len > 0 ? POLLOUT : 0));
	/* POLLHUP cannot be masked: a negative fd keeps it from waking every poll. */
	fds[0].fd = fds[0].events ? conn->fd : -1;
	for (nfds_t i = 0; i < count; i++)
		fds[i].revents = 0;

	n = poll(fds, count, deadline_left(deadline));
	if (n < 0 && errno != EINTR)
		return PITH_SYSTEM;
	if (n <= 0) {
		for (nfds_t i = 0; i < count; i++)
			fds[i].revents = 0;
	}
	if (fds[0].revents)
		conn_flush(conn);
	if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && input == CONN_WANT_INPUT)
		receive(conn);
	/* The deadline is checked last in each turn, so that a peer that sends without end cannot delay it. */
	return deadline_has_passed(deadline) ? PITH_DEADLINE : PITH_OK;
}

bool conn_queue(struct pith_conn *conn, enum frame_type type, uint8_t stream, const void *payload, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = type, .stream = stream };
	uint8_t *p;

	/* The room is checked first, because a failed buffer stays failed. */
	if (FRAME_HEADER_SIZE + len > CONN_OUT_BYTES - conn->out.len)
		return false;
	p = buf_reserve(&conn->out, FRAME_HEADER_SIZE + len);
	if (!p)
		return false;
	frame_encode_header(&header, p);
	if (len > 0)
		memcpy(p + FRAME_HEADER_SIZE, payload, len);
	buf_commit(&conn->out, FRAME_HEADER_SIZE + len);
	return true;
}

uint8_t *conn_reserve_data(struct pith_conn *conn, size_t n)
{
	uint8_t *p;

	if (FRAME_HEADER_SIZE + n > CONN_OUT_BYTES - conn->out.len)
		return NULL;
	p = buf_reserve(&conn->out, FRAME_HEADER_SIZE + n);
	return p ? p + FRAME_HEADER_SIZE : NULL;
}

void conn_commit_data(struct pith_conn *conn, size_t n)
{
	struct frame_header header = { .length = (uint32_t)n, .type = FRAME_DATA, .stream = FRAME_STDIN };

	frame_encode_header(&header, conn->out.data + conn->out.len);
	buf_commit(&conn->out, FRAME_HEADER_SIZE + n);
}
