/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a worker's socket and its buffers for both directions.
 *
 * Never: waits without a bound for the rest of a frame or for room to write, uses a socket again that has failed.
 */
#include "agent/files/worker_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>

#include "agent/core/limits.h"
#include "common/clock.h"
#include "common/io.h"

#define FOREVER (-1)
/* An output buffer that grew beyond this size is freed after it was sent. */
#define OUT_KEPT (32u << 10)

/* 0, or -errno: -ETIMEDOUT after us microseconds. */
static int wait_for(const struct worker_conn *w, short events, int64_t us)
{
	struct pollfd ready = { .fd = w->fd, .events = events };
	int n = io_poll(&ready, 1, us < 0 ? -1 : (int)(us / 1000) + 1);

	return n < 0 ? n : n == 0 ? -ETIMEDOUT : 0;
}

/* One read that waits until until_us at most. The number of bytes, or -errno; -EPIPE at the end of the stream. */
static ssize_t read_some(const struct worker_conn *w, void *to, size_t max, int64_t until_us)
{
	for (;;) {
		ssize_t n = io_read(w->fd, to, max);
		int64_t us = FOREVER;
		int r;

		if (n > 0)
			return n;
		if (n == 0)
			return -EPIPE;
		if (n != -EAGAIN)
			return n;
		if (until_us) {
			us = until_us - clock_us(CLOCK_MONOTONIC);
			if (us <= 0)
				return -ETIMEDOUT;
		}
		r = wait_for(w, POLLIN, us);
		if (r < 0)
			return r;
	}
}

static int64_t in_us(int64_t us)
{
	return clock_us(CLOCK_MONOTONIC) + us;
}

static size_t from_in(struct worker_conn *w, void *to, size_t max)
{
	size_t n = w->in_len < max ? w->in_len : max;

	memcpy(to, w->in + w->in_at, n);
	w->in_at += n;
	w->in_len -= n;
	return n;
}

static int drop_rest(struct worker_conn *w)
{
	uint8_t bytes[4096];

	while (w->left) {
		ssize_t n = worker_conn_some(w, bytes, sizeof(bytes));

		if (n < 0)
			return (int)n;
	}
	return 0;
}

/* Appends bytes to `in`; the wait for the first byte has no bound. */
static int fill_in(struct worker_conn *w)
{
	ssize_t n;

	memmove(w->in, w->in + w->in_at, w->in_len);
	w->in_at = 0;
	n = read_some(w, w->in + w->in_len, sizeof(w->in) - w->in_len, w->in_len ? in_us(LIMIT_FRAME_US) : 0);
	if (n < 0)
		return (int)n;
	w->in_len += (size_t)n;
	return 0;
}

static int write_all(struct worker_conn *w, struct iovec *iov, int count)
{
	while (count) {
		ssize_t n = io_writev(w->fd, iov, count);

		if (n == -EAGAIN)
			n = wait_for(w, POLLOUT, LIMIT_STALL_US);
		if (n < 0)
			return (int)n;
		while (count && (size_t)n >= iov->iov_len) {
			n -= (ssize_t)iov->iov_len;
			iov++;
			count--;
		}
		if (count) {
			iov->iov_base = (uint8_t *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return 0;
}

int worker_conn_next(struct worker_conn *w, struct frame_header *ret)
{
	int r = worker_conn_flush(w);

	if (r == 0)
		r = drop_rest(w);
	while (r == 0) {
		enum frame_result result = frame_decode_header(w->in + w->in_at, w->in_len, ret);

		if (result == FRAME_OK) {
			w->in_at += FRAME_HEADER_SIZE;
			w->in_len -= FRAME_HEADER_SIZE;
			w->left = ret->length;
			return 0;
		}
		if (result != FRAME_MORE) {
			w->problem = frame_result_text(result);
			return -EPROTO;
		}
		r = fill_in(w);
	}
	return r;
}

int worker_conn_body(struct worker_conn *w, void *to, size_t len)
{
	int64_t until_us = in_us(LIMIT_FRAME_US);
	size_t had = from_in(w, to, len);

	w->left -= (uint32_t)len;
	while (had < len) {
		ssize_t n = read_some(w, (uint8_t *)to + had, len - had, until_us);

		if (n == -ETIMEDOUT) {
			w->problem = "the frame was not complete in time";
			return -EPROTO;
		}
		if (n < 0)
			return (int)n;
		had += (size_t)n;
	}
	return 0;
}

ssize_t worker_conn_some(struct worker_conn *w, void *to, size_t max)
{
	ssize_t n;

	if (max > w->left)
		max = w->left;
	n = (ssize_t)from_in(w, to, max);
	/* One call returns the buffered bytes together with those that the socket already has. */
	if ((size_t)n < max) {
		ssize_t more = n ? io_read(w->fd, (uint8_t *)to + n, max - (size_t)n) : read_some(w, to, max, in_us(LIMIT_STALL_US));

		if (more < 0 && !(n && more == -EAGAIN))
			return more;
		if (n && more == 0)
			return -EPIPE;
		n += more > 0 ? more : 0;
	}
	w->left -= (uint32_t)n;
	return n;
}

void worker_conn_queue(struct worker_conn *w, enum frame_type type, enum frame_stream stream, const void *payload, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = type, .stream = (uint8_t)stream };
	uint8_t bytes[FRAME_HEADER_SIZE];

	frame_encode_header(&header, bytes);
	buf_append(&w->out, bytes, sizeof(bytes));
	buf_append(&w->out, payload, len);
}

int worker_conn_flush(struct worker_conn *w)
{
	struct iovec iov = { w->out.data, w->out.len };
	int r;

	if (w->out.failed)
		return -ENOMEM;
	r = w->out.len ? write_all(w, &iov, 1) : 0;
	w->out.len = 0;
	if (w->out.size > OUT_KEPT)
		buf_deinit(&w->out);
	return r;
}

int worker_conn_send_data(struct worker_conn *w, enum frame_stream stream, const void *payload, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = FRAME_DATA, .stream = (uint8_t)stream };
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct iovec iov[3] = { { w->out.data, w->out.len }, { bytes, sizeof(bytes) }, { (void *)(uintptr_t)payload, len } };
	bool first = w->out.len == 0;

	if (w->out.failed)
		return -ENOMEM;
	frame_encode_header(&header, bytes);
	w->out.len = 0;
	return write_all(w, iov + first, 3 - first);
}

int worker_conn_splice_data(struct worker_conn *w, enum frame_stream stream, int pipe_fd, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = FRAME_DATA, .stream = (uint8_t)stream };
	uint8_t bytes[FRAME_HEADER_SIZE];
	int r;

	frame_encode_header(&header, bytes);
	buf_append(&w->out, bytes, sizeof(bytes));
	r = worker_conn_flush(w);
	while (r == 0 && len) {
		ssize_t n = io_splice(pipe_fd, w->fd, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (n > 0)
			len -= (size_t)n;
		else if (n == -EAGAIN)
			r = wait_for(w, POLLOUT, LIMIT_STALL_US);
		else
			r = n < 0 ? (int)n : -EIO;
	}
	return r;
}

void worker_conn_drain(struct worker_conn *w, int64_t us)
{
	int64_t until_us = in_us(us);
	uint8_t bytes[4096];

	if (worker_conn_flush(w) < 0)
		return;
	while (clock_us(CLOCK_MONOTONIC) < until_us && read_some(w, bytes, sizeof(bytes), until_us) > 0)
		;
}

bool worker_conn_is_gone(const struct worker_conn *w)
{
	struct pollfd ready = { .fd = w->fd, .events = POLLRDHUP };

	return io_poll(&ready, 1, 0) > 0 && (ready.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
