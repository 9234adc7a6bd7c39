/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns connect(2) on the three kinds of socket and the CONNECT line of hybrid sockets.
 *
 * Never: reads a byte after the proxy's OK line, sends a byte of the stream before this line, ends an attempt before its
 * timeout (some proxies crash if the peer leaves before the guest has accepted).
 */
#include "host/lib/dial.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <linux/vm_sockets.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"

#define BACKLOG_STEP_MS 20	/* between two tries at a listener whose queue is full; poll(2) reports no event for this */
#define LINE_MAX_BYTES 64u	/* "OK 4294967295\n" has 14 */

struct attempt {
	const struct address *address;
	const char *name;
	int64_t timeout_ms;
	int64_t deadline;
	struct pith_error *err;
};

static enum pith_code explain_unix(const struct attempt *a, int error)
{
	struct stat st;

	if (error == ENOENT || error == ENOTDIR)
		return error_set_errno(a->err, PITH_NO_SOCKET, error, "%s: there is no such socket", a->name);
	if (error == ECONNREFUSED && stat(a->address->path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return error_set_errno(a->err, PITH_NO_SOCKET, error, "%s: that is not a socket", a->name);
	if (error == ECONNREFUSED)
		return error_set_errno(a->err, PITH_REFUSED, error, "%s: the socket is there, but nobody listens on it",
				       a->name);
	if (error == EACCES || error == EPERM)
		return error_set_errno(a->err, PITH_NOT_PERMITTED, error, "%s: cannot connect", a->name);
	return error_set_errno(a->err, PITH_SYSTEM, error, "%s: cannot connect", a->name);
}

static enum pith_code explain_vsock(const struct attempt *a, int error)
{
	uint32_t port = a->address->port;

	switch (error) {
	case ENODEV:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return error_set_errno(a->err, PITH_NO_SOCKET, error, "%s: no guest has this CID", a->name);
	case ECONNREFUSED:
	case ECONNRESET:
		return error_set_errno(a->err, PITH_NO_LISTENER, error, "%s: nothing in the guest listens on port %u",
				       a->name, port);
	case ETIMEDOUT:
		return error_set_errno(a->err, PITH_NO_ANSWER, error, "%s: the guest does not answer on vsock",
				       a->name);
	case EACCES:
	case EPERM:
		return error_set_errno(a->err, PITH_NOT_PERMITTED, error, "%s: cannot connect", a->name);
	default:
		return error_set_errno(a->err, PITH_SYSTEM, error, "%s: cannot connect", a->name);
	}
}

static enum pith_code explain(const struct attempt *a, int error)
{
	return a->address->kind == ADDRESS_VSOCK ? explain_vsock(a, error) : explain_unix(a, error);
}

static enum pith_code tell_no_answer(const struct attempt *a, const char *what)
{
	return error_set(a->err, PITH_NO_ANSWER, "%s: %s within %lld ms", a->name, what, (long long)a->timeout_ms);
}

/* Returns 0 if fd has one of the events, -ETIMEDOUT, or -errno. */
static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, deadline_left(deadline));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (deadline_has_passed(deadline))
			return -ETIMEDOUT;
	}
}

static enum pith_code finish_connect(const struct attempt *a, int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);
	int r = wait_for(fd, POLLOUT, a->deadline);

	if (r == -ETIMEDOUT)
		return tell_no_answer(a, "no answer to the connect");
	if (r < 0)
		return error_set_errno(a->err, PITH_SYSTEM, -r, "%s: cannot wait", a->name);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	return error ? explain(a, error) : PITH_OK;
}

static enum pith_code connect_socket(const struct attempt *a, int fd, const struct sockaddr *sa, socklen_t size)
{
	for (;;) {
		if (connect(fd, sa, size) == 0)
			return PITH_OK;
		if (errno == EINPROGRESS || errno == EINTR)
			return finish_connect(a, fd);
		/* EAGAIN: the queue of a unix listener is full. */
		if (errno != EAGAIN)
			return explain(a, errno);
		if (deadline_has_passed(a->deadline))
			return tell_no_answer(a, "the listener's queue was full and no place came free");
		poll(NULL, 0, BACKLOG_STEP_MS);
	}
}

static enum pith_code dial_vsock(const struct attempt *a, int fd)
{
	struct sockaddr_vm sa = {
		.svm_family = AF_VSOCK,
		.svm_cid = a->address->cid,
		.svm_port = a->address->port,
	};
	struct timeval timeout = {
		.tv_sec = (time_t)(a->timeout_ms / 1000),
		.tv_usec = (suseconds_t)(a->timeout_ms % 1000 * 1000),
	};

	/* The kernel's default is 2 s, which stays in force if the option fails. */
	setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &timeout, sizeof(timeout));
	return connect_socket(a, fd, (const struct sockaddr *)&sa, sizeof(sa));
}

static enum pith_code dial_unix(const struct attempt *a, int fd)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, a->address->path, sizeof(sa.sun_path));
	return connect_socket(a, fd, (const struct sockaddr *)&sa, sizeof(sa));
}

static enum pith_code tell_proxy_closed(const struct attempt *a)
{
	return error_set(a->err, PITH_NO_LISTENER,
			 "%s: the VMM closed the connection after CONNECT %u: nothing in the guest listens "
			 "on that port (yet)",
			 a->name, a->address->port);
}

static enum pith_code check_line(const struct attempt *a, const char *line)
{
	char shown[LINE_MAX_BYTES + 1];

	if (strncmp(line, "OK ", 3) == 0)
		return PITH_OK;
	text_copy_printable(shown, sizeof(shown), line);
	return error_set(a->err, PITH_NOT_PITH,
			 "%s: the answer to CONNECT is \"%s\" and not OK: this is no VMM's vsock socket", a->name,
			 shown);
}

/* Reads one byte at a time, because the bytes after the newline belong to the stream. */
static enum pith_code read_ok(const struct attempt *a, int fd)
{
	char line[LINE_MAX_BYTES + 1];
	size_t len = 0;

	while (len < LINE_MAX_BYTES) {
		ssize_t n = io_read(fd, line + len, 1);

		if (n == 0 || n == -ECONNRESET)
			return tell_proxy_closed(a);
		if (n == -EAGAIN) {
			int r = wait_for(fd, POLLIN, a->deadline);

			if (r == -ETIMEDOUT)
				return tell_no_answer(a, "no OK to CONNECT");
			if (r < 0)
				return error_set_errno(a->err, PITH_SYSTEM, -r, "%s: cannot wait", a->name);
			continue;
		}
		if (n < 0)
			return error_set_errno(a->err, PITH_SYSTEM, (int)-n, "%s: cannot read", a->name);
		if (line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	return check_line(a, line);
}

static enum pith_code dial_hybrid(const struct attempt *a, int fd)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "CONNECT %u\n", a->address->port);
	enum pith_code code = dial_unix(a, fd);
	ssize_t n;

	if (code != PITH_OK)
		return code;
	/* One write, because a proxy may expect the whole line in one segment. A new socket has room for the line. */
	n = send(fd, line, (size_t)len, MSG_NOSIGNAL);
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		return tell_proxy_closed(a);
	if (n < 0)
		return error_set_errno(a->err, PITH_SYSTEM, errno, "%s: cannot send CONNECT", a->name);
	if (n != len)
		return error_set(a->err, PITH_SYSTEM, "%s: cannot send CONNECT in one piece", a->name);
	return read_ok(a, fd);
}

static enum pith_code open_socket(const struct attempt *a, int *ret)
{
	int family = a->address->kind == ADDRESS_VSOCK ? AF_VSOCK : AF_UNIX;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		return error_set_errno(a->err, PITH_NO_SOCKET, errno, "%s: this kernel has no vsock", a->name);
	if (fd < 0)
		return error_set_errno(a->err, PITH_SYSTEM, errno, "%s: cannot make a socket", a->name);
	*ret = fd;
	return PITH_OK;
}

enum pith_code dial(const struct address *address, const char *name, int64_t timeout_ms, int *ret,
		    struct pith_error *err)
{
	struct attempt a = {
		.address = address,
		.name = name,
		.timeout_ms = timeout_ms,
		.deadline = deadline_after(timeout_ms),
		.err = err,
	};
	_cleanup_close_ int fd = -1;
	enum pith_code code = open_socket(&a, &fd);

	if (code != PITH_OK)
		return code;
	switch (address->kind) {
	case ADDRESS_VSOCK:
		code = dial_vsock(&a, fd);
		break;
	case ADDRESS_HYBRID:
		code = dial_hybrid(&a, fd);
		break;
	case ADDRESS_UNIX:
		code = dial_unix(&a, fd);
		break;
	}
	if (code == PITH_OK)
		*ret = take_fd(&fd);
	return code;
}
