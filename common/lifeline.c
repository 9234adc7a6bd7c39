/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the shape of messages on the lifeline. The system calls are made without musl's functions of that name, which bring a kilobyte
 * of conversions for what other systems' kernels want.
 *
 * Never: waits, or knows what a message means.
 */
#include "common/lifeline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/cleanup.h"

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(LIFELINE_FDS * sizeof(int))];
};

int lifeline_send(int socket_fd, enum lifeline_type type, const void *payload, size_t length, const int *fds, unsigned int fd_count)
{
	struct lifeline_header header = { .type = (uint16_t)type, .length = (uint16_t)length };
	struct iovec iov[2] = { { &header, sizeof(header) }, { (void *)(uintptr_t)payload, length } };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	if (length > LIFELINE_PAYLOAD || fd_count > LIFELINE_FDS)
		return -EMSGSIZE;
	if (fd_count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, fd_count * sizeof(int));
	}
	do
		n = syscall(SYS_sendmsg, socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void take_fds(struct msghdr *header, struct lifeline_message *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(header);

	message->fd_count = 0;
	/* There is room for no second one. */
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	message->fd_count = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(message->fds, CMSG_DATA(c), message->fd_count * sizeof(int));
}

static bool other_end_is_closed(int socket_fd)
{
	struct pollfd pollfd = { .fd = socket_fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0 && (pollfd.revents & POLLHUP);
}

enum lifeline_received lifeline_receive(int socket_fd, struct lifeline_message *ret)
{
	struct lifeline_header header = { 0 };
	struct iovec iov[2] = { { &header, sizeof(header) }, { ret->payload, sizeof(ret->payload) } };
	union control control = { 0 };
	struct msghdr message = {
		.msg_iov = iov, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof(control),
	};
	bool was_reset = false;
	ssize_t n;

	do {
		n = syscall(SYS_recvmsg, socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);
		/* The other end was closed with something unread in it: that is said once, before what it sent itself. */
		was_reset = n < 0 && errno == ECONNRESET && !was_reset;
	} while (was_reset || (n < 0 && errno == EINTR));
	if (n < 0)
		return errno == EAGAIN ? LIFELINE_NOTHING : LIFELINE_END;
	/* An empty message looks like the end; an end stays. */
	if (n == 0 && other_end_is_closed(socket_fd))
		return LIFELINE_END;
	take_fds(&message, ret);
	ret->type = header.type;
	ret->length = header.length;
	if ((size_t)n >= sizeof(header) && (size_t)n - sizeof(header) == header.length && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return LIFELINE_MESSAGE;
	lifeline_close_fds(ret);
	ret->length = (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
	return LIFELINE_MALFORMED;
}

bool lifeline_payload(const struct lifeline_message *message, void *ret, size_t size)
{
	if (message->length != size)
		return false;
	memcpy(ret, message->payload, size);
	return true;
}

void lifeline_close_fds(struct lifeline_message *message)
{
	for (unsigned int i = 0; i < message->fd_count; i++)
		close_fd(&message->fds[i]);
	message->fd_count = 0;
}
