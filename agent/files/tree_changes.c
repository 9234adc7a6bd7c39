/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of an overlay's marks and the acting on whiteouts. Never: follows a link; removes a mount. */
#include "agent/files/tree_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "agent/files/tree_remove.h"
#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"

#define XATTR "trusted.overlay."

int tree_changes_open(const struct worker_self *w, struct reply *reply)
{
	int fd;

	if (w->upper_fd < 0) {
		reply_fail(reply, ERROR_UNSUPPORTED, "the root is no overlay that pith made (pith.overlay=)");
		return -ENOTSUP;
	}
	fd = openat(w->upper_fd, "upper", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		reply_fail_errno(reply, errno, "the overlay's upper layer");
	return fd;
}

bool tree_changes_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

int tree_changes_is_opaque(int fd)
{
	char value;

	if (fgetxattr(fd, XATTR "redirect", NULL, 0) > 0)
		return -EXDEV;
	return fgetxattr(fd, XATTR "opaque", &value, sizeof(value)) == 1 && value == 'y';
}

bool tree_changes_hides(const char *xattr)
{
	return strncmp(xattr, XATTR, strlen(XATTR)) == 0;
}

/* Empties the directory. Entries of this archive would go too, so an archive has its opaque mark first. */
static int remove_all(struct worker_self *w, int dir_fd, uint64_t *deleted)
{
	struct tree_removal removal = { .work = w };
	int r;
	_cleanup_dir_ DIR *dir = readdir_open(path_open_dir_at(dir_fd, ".", true), &r);
	const struct dirent *entry;

	while (r == 0 && (entry = readdir_next(dir, &r))) {
		r = tree_remove(&removal, dirfd(dir), entry->d_name);
		*deleted += r == 0;
	}
	return r;
}

int tree_changes_apply(struct worker_self *w, struct unpack *u, const char *path, uint64_t *deleted)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct tree_removal removal = { .work = w };
	_cleanup_close_ int dir_fd = -1;
	int r;

	if (strncmp(name, TREE_CHANGES_WHITEOUT, strlen(TREE_CHANGES_WHITEOUT)) != 0)
		return 0;
	r = unpack_open_parent(u, path, false, &dir_fd, &name);
	if (r < 0)
		return r == -ENOENT ? 1 : r;
	if (strcmp(name, TREE_CHANGES_OPAQUE) == 0)
		r = remove_all(w, dir_fd, deleted);
	else {
		name += strlen(TREE_CHANGES_WHITEOUT);
		if (!*name || readdir_is_dot(name))
			return -EINVAL;
		r = tree_remove(&removal, dir_fd, name);
		*deleted += r == 0;
	}
	return r < 0 && r != -ENOENT ? r : 1;
}
