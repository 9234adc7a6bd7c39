/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the removal of a whole tree.
 *
 * A directory is opened by its name in the open directory above. Recursion is bounded by LIMIT_TREE_DEPTH.
 *
 * Never: follows a link, uses a path of more than one name.
 */
#include "agent/files/tree_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"

/* How often a directory is emptied again because another program keeps making entries in it. */
#define REMOVE_PASSES 8

static int note(struct tree_removal *removal, const char *name, int r)
{
	if (!removal->failed[0])
		strncat(removal->failed, name, sizeof(removal->failed) - 1);
	return r;
}

static int remove_entry(struct tree_removal *removal, int dir_fd, const char *name, unsigned int depth);

/* Consumes the fd. */
static int remove_entries(struct tree_removal *removal, int fd, unsigned int depth)
{
	const struct dirent *entry;
	int r;
	_cleanup_dir_ DIR *dir = readdir_open(fd, &r);

	while (r == 0 && (entry = readdir_next(dir, &r)))
		r = remove_entry(removal, dirfd(dir), entry->d_name, depth);
	return r;
}

/* An entry that another program removed first counts as removed. */
static int remove_entry(struct tree_removal *removal, int dir_fd, const char *name, unsigned int depth)
{
	int last = -ENOTEMPTY;

	for (int pass = 0; pass < REMOVE_PASSES; pass++) {
		int r;

		if (!worker_is_wanted_still(removal->work))
			return -ECANCELED;
		if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return note(removal, name, -errno);
		if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		last = -errno;
		if (last == -ENOTDIR)
			continue;
		/* EBUSY: the directory is a mount point. With cross it is emptied, and then EBUSY is the result. */
		if (last != -ENOTEMPTY && last != -EEXIST && !(last == -EBUSY && removal->cross && pass == 0))
			return note(removal, name, last);
		r = depth < LIMIT_TREE_DEPTH ? remove_entries(removal, path_open_dir_at(dir_fd, name, removal->cross), depth + 1) : -ELOOP;
		/* The name is no directory any more: the next pass tries unlink again. */
		if (r < 0 && r != -ENOTDIR && r != -ENOENT)
			return note(removal, name, r);
	}
	return note(removal, name, last);
}

int tree_remove(struct tree_removal *removal, int dir_fd, const char *name)
{
	return remove_entry(removal, dir_fd, name, 0);
}
