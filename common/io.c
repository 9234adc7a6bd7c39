/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the EINTR loops. Never: allocates, logs, retries anything but EINTR. */
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

ssize_t io_read(int fd, void *buf, size_t len)
{
	ssize_t n;

	do
		n = read(fd, buf, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t io_readv(int fd, const struct iovec *iov, int count)
{
	ssize_t n;

	do
		n = readv(fd, iov, count);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t io_write(int fd, const void *buf, size_t len)
{
	ssize_t n;

	do
		n = write(fd, buf, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int io_write_all(int fd, const void *buf, size_t len)
{
	const char *at = buf;

	while (len) {
		ssize_t n = io_write(fd, at, len);

		if (n < 0)
			return (int)n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t io_writev(int fd, const struct iovec *iov, int count)
{
	ssize_t n;

	do
		n = writev(fd, iov, count);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int io_write_at(int fd, const void *buf, size_t len, uint64_t offset)
{
	const char *p = buf;

	while (len) {
		ssize_t n = pwrite(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

ssize_t io_read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	ssize_t n;

	do
		n = pread(fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t io_splice(int from, int to, size_t len, unsigned int flags)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, len, flags);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int io_poll(struct pollfd *fds, unsigned int count, int timeout_ms)
{
	int n;

	do
		n = poll(fds, count, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t io_read_text(int dirfd, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t used = 0;

	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		ssize_t n = io_read(fd, buf + used, size - 1 - used);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}

int io_write_text(int dirfd, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = io_write(fd, text, strlen(text));
	if (n < 0)
		return (int)n;
	return (size_t)n == strlen(text) ? 0 : -EIO;
}
