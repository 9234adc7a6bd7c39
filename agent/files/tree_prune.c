/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the removal of entries that an archive did not have. Never: follows a link, or enters a mount. */
#include "agent/files/tree.h"

#include <errno.h>

#include "agent/files/tree_remove.h"
#include "common/archive/path.h"
#include "common/archive/readdir.h"

static int prune_in(struct tree_prune *p, int fd, size_t len);

static int prune_one(struct tree_prune *p, int dir_fd, const char *name, size_t len)
{
	struct tree_removal removal = { .work = p->work };
	int r;

	if (tree_names_has(p->names, p->path)) {
		r = path_open_dir_at(dir_fd, name, false);
		return r == -ENOTDIR || r == -ELOOP || r == -EXDEV || r == -ENOENT ? 0 : prune_in(p, r, len);
	}
	if (!tree_filter_wants(p->filter, p->path))
		return 0;
	r = tree_remove(&removal, dir_fd, name);
	p->deleted += r == 0;
	return r;
}

/* Consumes the fd. The depth is bounded by the worker's number of fds. */
static int prune_in(struct tree_prune *p, int fd, size_t len)
{
	const struct dirent *entry;
	int r;
	_cleanup_dir_ DIR *dir = readdir_open(fd, &r);

	while (r == 0 && (entry = readdir_next(dir, &r))) {
		ssize_t n = tree_join(p->path, len, entry->d_name);

		r = n < 0 ? (int)n : prune_one(p, dirfd(dir), entry->d_name, (size_t)n);
	}
	return r;
}

int tree_prune(struct tree_prune *prune, int dir_fd)
{
	prune->path[0] = '\0';
	return prune_in(prune, path_open_dir_at(dir_fd, ".", false), 0);
}
