/* SPDX-License-Identifier: Apache-2.0 */
/* Messages with file descriptors between the agent and its helpers, over a SOCK_SEQPACKET socket: SCM_RIGHTS, unix(7). */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define PASS_FDS_MAX 16	/* in one message, at most */

/* Sends size bytes (at least 1) and up to PASS_FDS_MAX fds, which stay the caller's too. 0 or -errno. */
int pass_fds_send(int socket_fd, const void *bytes, size_t size, const int *fds, size_t count);

/*
 * Receives one message, with the flags of recvmsg(2). Returns its size in bytes, 0 at the end of the socket, or -errno.
 * *ret_count fds are the caller's afterwards, with CLOEXEC. The kernel closes fds beyond max.
 */
ssize_t pass_fds_receive(int socket_fd, void *bytes, size_t size, int *fds, size_t max, size_t *ret_count, int flags);
