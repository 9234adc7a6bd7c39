/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that are restarted on EINTR; no other file loops on EINTR. All return 0 or more, or -errno. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

ssize_t io_read(int fd, void *buf, size_t len);
ssize_t io_readv(int fd, const struct iovec *iov, int count);
ssize_t io_write(int fd, const void *buf, size_t len);
/* Writes all len bytes to a blocking fd. 0 or -errno. */
int io_write_all(int fd, const void *buf, size_t len);
ssize_t io_writev(int fd, const struct iovec *iov, int count);

ssize_t io_read_at(int fd, void *buf, size_t len, uint64_t offset);
/* Writes all len bytes at the offset. */
int io_write_at(int fd, const void *buf, size_t len, uint64_t offset);

/* splice(2) at the fds' own positions; one of them is a pipe. */
ssize_t io_splice(int from, int to, size_t len, unsigned int flags);

struct pollfd;
int io_poll(struct pollfd *fds, unsigned int count, int timeout_ms);

/* Opens, reads at most size - 1 bytes, closes, and ends the text with a NUL: for /proc, /sys and small settings. Returns the length. */
ssize_t io_read_text(int dirfd, const char *path, char *buf, size_t size);

/* Opens for writing, writes all in one write(2), closes. */
int io_write_text(int dirfd, const char *path, const char *text);
