/* SPDX-License-Identifier: Apache-2.0 */
/* Owns control messages between the agent and its helpers. Never: keeps an fd. */
#include "agent/core/pass_fds.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(PASS_FDS_MAX * sizeof(int))];
};

int pass_fds_send(int socket_fd, const void *bytes, size_t size, const int *fds, size_t count)
{
	/* sendmsg(2) does not write to the bytes. */
	struct iovec iov = { (void *)(uintptr_t)bytes, size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;

	if (count > PASS_FDS_MAX)
		return -EMSGSIZE;
	if (count > 0) {
		memset(&control, 0, CMSG_SPACE(count * sizeof(int)));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	return sendmsg(socket_fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

ssize_t pass_fds_receive(int socket_fd, void *bytes, size_t size, int *fds, size_t max, size_t *ret_count, int flags)
{
	struct iovec iov = { bytes, size };
	union control control;
	/* CMSG_LEN, not CMSG_SPACE: the padding of CMSG_SPACE has room for one fd more. */
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_LEN(max * sizeof(int)),
	};
	const struct cmsghdr *header;
	ssize_t n;

	*ret_count = 0;
	if (max > PASS_FDS_MAX)
		return -EMSGSIZE;
	do
		n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		*ret_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(header), *ret_count * sizeof(int));
	}
	return n;
}
