/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the resolution of paths: one system call, openat2(2), and what is done around it.
 *
 * Never: gives a path of more than one name to any other system call, follows a magic link, opens for bytes what is no regular file.
 */
#include "common/archive/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

#define PATH_SIZE 4096
/* openat2(2) gives up when directories are moved while it looks; that often it is asked again. */
#define OPEN_TRIES 128

static int open_how(int dir_fd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC), .mode = mode, .resolve = resolve };

	/* EAGAIN: somebody moved a directory while `..` was looked up, and the kernel can not vouch for the answer. */
	for (int i = 0; i < OPEN_TRIES; i++) {
		int fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}

int path_open_root(const char *root)
{
	return open_how(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0, RESOLVE_NO_MAGICLINKS);
}

int path_open(int root_fd, const char *path, int flags, mode_t mode)
{
	return open_how(root_fd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_open_parent(int root_fd, const char *path, int *ret_fd, char ret_name[PATH_NAME_SIZE])
{
	char parent[PATH_SIZE];
	size_t end = strlen(path), begin;
	int fd;

	while (end > 0 && path[end - 1] == '/')
		end--;
	begin = end;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	if (begin == end || (end - begin == 1 && path[begin] == '.') || (end - begin == 2 && memcmp(path + begin, "..", 2) == 0))
		return -EINVAL;
	if (end - begin >= PATH_NAME_SIZE || begin >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, begin);
	parent[begin] = '\0';
	fd = path_open(root_fd, begin ? parent : "/", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	memcpy(ret_name, path + begin, end - begin);
	ret_name[end - begin] = '\0';
	*ret_fd = fd;
	return 0;
}

/* One directory more; that somebody else made it meanwhile is as good. */
static int make_dir(int root_fd, const char *path, mode_t mode)
{
	_cleanup_close_ int fd = -1;
	char name[PATH_NAME_SIZE];
	int r = path_open_parent(root_fd, path, &fd, name);

	if (r < 0)
		return r;
	return mkdirat(fd, name, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int path_make_parents(int root_fd, const char *path, mode_t mode)
{
	char prefix[PATH_SIZE];
	const char *at = path;
	int r = 0;

	while (r == 0 && (at = strchr(at + 1, '/'))) {
		size_t len = (size_t)(at - path);
		int fd;

		if (len >= sizeof(prefix))
			return -ENAMETOOLONG;
		/* What follows is slashes only: this was the last name. */
		if (!at[strspn(at, "/")])
			break;
		memcpy(prefix, path, len);
		prefix[len] = '\0';
		fd = path_open(root_fd, prefix, O_PATH | O_DIRECTORY, 0);
		if (fd >= 0)
			close(fd);
		else
			r = fd == -ENOENT ? make_dir(root_fd, prefix, mode) : fd;
	}
	return r;
}

static int check_regular(int fd, struct stat *ret_st)
{
	if (fstat(fd, ret_st) < 0)
		return -errno;
	if (S_ISDIR(ret_st->st_mode))
		return -EISDIR;
	if (S_ISLNK(ret_st->st_mode))
		return -ELOOP;
	return S_ISREG(ret_st->st_mode) ? 0 : -ENOTSUP;
}

static int open_regular(int dir_fd, const char *path, int flags, uint64_t resolve, struct stat *ret_st)
{
	_cleanup_close_ int look = open_how(dir_fd, path, O_PATH | (flags & O_NOFOLLOW), 0, resolve);
	_cleanup_close_ int fd = -1;
	int r = look < 0 ? look : check_regular(look, ret_st);

	if (r < 0)
		return r;
	/* Somebody may have put something else there: O_NONBLOCK keeps a FIFO from holding us, and we look again. */
	fd = open_how(dir_fd, path, flags | O_NONBLOCK | O_NOCTTY, 0, resolve);
	r = fd < 0 ? fd : check_regular(fd, ret_st);
	if (r < 0)
		return r;
	if (fcntl(fd, F_SETFL, flags & O_APPEND) < 0)
		return -errno;
	return take_fd(&fd);
}

int path_open_regular(int root_fd, const char *path, int flags, struct stat *ret_st)
{
	return open_regular(root_fd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, ret_st);
}

int path_open_regular_at(int dir_fd, const char *name, int flags, struct stat *ret_st)
{
	return open_regular(dir_fd, name, flags | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, ret_st);
}

int path_open_entry_at(int dir_fd, const char *name, struct stat *ret_st)
{
	/* One name leads nowhere else but by a link: openat2(2) would add its questions about the way, and a file has one name here. */
	_cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r = fd < 0 ? -errno : check_regular(fd, ret_st);

	return r < 0 ? r : take_fd(&fd);
}

int path_open_dir_at(int dir_fd, const char *name, bool cross_mounts)
{
	uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | (cross_mounts ? 0 : RESOLVE_NO_XDEV);

	return open_how(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, resolve);
}
