/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the number of bytes that can be written to the caller's fd without blocking.
 *
 * Never: sets O_NONBLOCK on this fd; every other process that has the file open would share the flag.
 */
#include "host/lib/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/io.h"

static enum output_way way_of_fd(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (fstat(fd, &st) < 0 || flags < 0)
		return OUTPUT_AT_ONCE;
	if (S_ISSOCK(st.st_mode))
		return OUTPUT_SOCKET;
	if (S_ISREG(st.st_mode) || (flags & O_NONBLOCK))
		return OUTPUT_AT_ONCE;
	return OUTPUT_SMALL;
}

static ssize_t write_socket(int fd, const void *data, size_t len)
{
	ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	return n;
}

/* A pipe that polls as writable takes PIPE_BUF bytes without blocking; so does a tty, in practice. */
static ssize_t write_small(int fd, const void *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 0) <= 0)
		return -EAGAIN;
	return io_write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
}

static ssize_t write_callback(const struct pith_sink *sink, const void *data, size_t len)
{
	int r = sink->write(sink->user, data, len);

	/* A callback has no fd to wait for, so -EAGAIN of a callback is an error. */
	if (r == -EAGAIN)
		return -EIO;
	return r < 0 ? r : (ssize_t)len;
}

void output_init(struct output *output, const struct pith_sink *sink)
{
	output->sink = sink;
	switch (sink->kind) {
	case PITH_STREAM_NONE:
	case PITH_STREAM_POLLED:
		output->way = OUTPUT_NOWHERE;
		break;
	case PITH_STREAM_FD:
		output->way = way_of_fd(sink->fd);
		break;
	case PITH_STREAM_CALLBACK:
		output->way = OUTPUT_CALLBACK;
		break;
	}
}

ssize_t output_write(const struct output *output, const void *data, size_t len)
{
	int fd = output->sink->fd;

	switch (output->way) {
	case OUTPUT_NOWHERE:
		return (ssize_t)len;
	case OUTPUT_CALLBACK:
		return write_callback(output->sink, data, len);
	case OUTPUT_AT_ONCE:
		return io_write(fd, data, len);
	case OUTPUT_SOCKET:
		return write_socket(fd, data, len);
	case OUTPUT_SMALL:
		return write_small(fd, data, len);
	}
	return (ssize_t)len;
}
