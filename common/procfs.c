/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way to files of /proc: without it no program gets its limits, no file request its worker, no disk its unmount, and the
 * host, which may mount nothing there, would have no way back.
 *
 * Never: mounts over another mount.
 */
#include "common/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"

static bool mount_again(void)
{
	/* A kernel may lack one file of it. */
	return access("/proc/self", F_OK) < 0 && errno == ENOENT &&
	       mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

ssize_t procfs_read_text(const char *path, char *buf, size_t size)
{
	ssize_t n = io_read_text(AT_FDCWD, path, buf, size);

	return n == -ENOENT && mount_again() ? io_read_text(AT_FDCWD, path, buf, size) : n;
}

int procfs_write_text(const char *path, const char *text)
{
	int r = io_write_text(AT_FDCWD, path, text);

	return r == -ENOENT && mount_again() ? io_write_text(AT_FDCWD, path, text) : r;
}

int procfs_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mount_again())
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
