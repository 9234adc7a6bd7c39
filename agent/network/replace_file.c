/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns how a text gets into a file: by replacing the file, or by a mount over it.
 *
 * Never: waits for a FIFO or device that has the name, mounts over a file twice, leaves a temporary file.
 */
#include "agent/network/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"

/* The kernel follows at most 40 links of a path. */
#define LINKS_MAX 40
#define TEXT_MAX 65536

/* True: the path is a regular file with exactly this text. */
static bool reads_as(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	size_t len = strlen(text), used = 0;
	_cleanup_free_ char *have = malloc(len + 1);
	struct stat st;

	if (fd < 0 || !have || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	/* One byte more than the text shows that the file is longer. */
	while (used < len + 1) {
		ssize_t n = io_read(fd, have + used, len + 1 - used);

		if (n < 0)
			return false;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return used == len && memcmp(have, text, len) == 0;
}

/* Follows symbolic links to the last one's target, which may be missing. 0 or -errno. */
static int follow_links(const char *path, char ret[PATH_MAX])
{
	char target[PATH_MAX];

	fmt_text(ret, PATH_MAX, "%s", path);
	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(ret, target, sizeof(target) - 1);
		char *slash = strrchr(ret, '/');
		size_t directory = slash ? (size_t)(slash - ret) + 1 : 0;

		if (n < 0)
			return errno == EINVAL || errno == ENOENT ? 0 : -errno;
		target[n] = '\0';
		if (target[0] == '/')
			directory = 0;
		if (directory + (size_t)n >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(ret + directory, target, (size_t)n + 1);
	}
	return -ELOOP;
}

/* Makes missing directories of the path. Failures show when the file is made. */
static void make_directories(const char *path)
{
	char directory[PATH_MAX];

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		fmt_text(directory, sizeof(directory), "%.*s", (int)(p - path), path);
		(void)mkdir(directory, 0755);
	}
}

/* A new file takes the name. */
static int replace(const char *path, const char *text)
{
	char part[PATH_MAX];
	_cleanup_close_ int fd = -1;
	int r;

	if (fmt_text(part, sizeof(part), "%s.pith-part", path) >= sizeof(part) - 1)
		return -ENAMETOOLONG;
	/* A killed job may have left its temporary file. */
	if (unlink(part) < 0 && errno != ENOENT)
		return -errno;
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0644) < 0 ? -errno : io_write_all(fd, text, strlen(text));
	if (r == 0 && rename(part, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(part);
	return r;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* The file of /run/pith/etc is mounted already: it is overwritten in place, so that open fds and the mount keep showing it. */
static int write_over(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	/* The new bytes are written in one call before the file is cut to length, so that a reader never finds an empty file. */
	r = io_write_all(fd, text, strlen(text));
	return r == 0 && ftruncate(fd, (off_t)strlen(text)) < 0 ? -errno : r;
}

static int mount_over(const char *path, const char *name, const char *text)
{
	char file[PATH_MAX];
	struct stat st;
	int r;

	fmt_text(file, sizeof(file), REPLACE_FILE_DIRECTORY "/%s", name);
	if (is_same_file(path, file))
		return write_over(file, text);
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	make_directories(file);
	r = replace(file, text);
	if (r == 0 && mount(file, path, NULL, MS_BIND, NULL) < 0)
		r = -errno;
	return r;
}

/* True: the errno means that the file cannot be replaced, but may be mounted over. */
static bool is_not_to_be_written(int error)
{
	switch (-error) {
	case EROFS:
	case EBUSY:
	case EACCES:
	case EPERM:
	case EXDEV:
		return true;
	}
	return false;
}

int replace_file_over(const char *path, const char *name, const char *text, bool *ret_changed)
{
	*ret_changed = !reads_as(path, text);
	return *ret_changed ? mount_over(path, name, text) : 0;
}

int replace_file_text(const char *path, const char *text, bool *ret_changed)
{
	char final[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int r, mounted;

	if (strlen(text) > TEXT_MAX)
		return -EFBIG;
	r = follow_links(path, final);
	if (r < 0)
		return r;
	*ret_changed = !reads_as(final, text);
	if (!*ret_changed)
		return 0;
	make_directories(final);
	r = replace(final, text);
	if (!is_not_to_be_written(r))
		return r;
	mounted = mount_over(final, slash ? slash + 1 : path, text);
	/* A mount needs an existing file; without one the errno of the replacement is the reason. */
	return mounted == -ENOENT ? r : mounted;
}
