/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the requests that walk a whole tree without sending its entries: remove and disk_usage.
 *
 * A directory is opened by its name in the open directory above, never by a path, never through a link. Recursion is
 * bounded by LIMIT_TREE_DEPTH.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/files/tree_remove.h"
#include "agent/files/worker_main.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"

struct usage {
	struct worker_self *work;
	bool cross;
	uint64_t entries, dirs, apparent_bytes, allocated_bytes;
	uint64_t skipped;		/* mount points and directories that could not be read */
};

static int remove_one(int dir_fd, const char *name)
{
	if (unlinkat(dir_fd, name, 0) == 0)
		return 0;
	if (errno != EISDIR)
		return -errno;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void fail_in_tree(const struct tree_removal *removal, int r, struct reply *reply)
{
	char what[PATH_NAME_SIZE + 16];

	if (!removal->failed[0]) {
		reply_fail_path(reply, r, "path");
		return;
	}
	memcpy(what, "at ", 4);
	strncat(what, removal->failed, sizeof(what) - 4);
	reply_fail_errno(reply, -r, what);
	reply->field = "path";
}

enum handled handle_remove(struct worker_self *w, const struct request_remove *request, struct reply *reply)
{
	struct tree_removal removal = { .work = w, .cross = request->f_cross_mounts };
	_cleanup_close_ int dir_fd = -1;
	char name[PATH_NAME_SIZE];
	struct stat st;
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	r = path_open_parent(w->root_fd, request->f_path, &dir_fd, name);
	if (r == 0 && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	if (r == 0)
		r = request->f_recursive ? tree_remove(&removal, dir_fd, name) : remove_one(dir_fd, name);
	if (r < 0)
		fail_in_tree(&removal, r, reply);
	return HANDLED_NOW;
}

/* Consumes the fd. Entries that vanish during the walk do not count. */
static int add_up(struct usage *usage, int fd, unsigned int depth)
{
	const struct dirent *entry;
	int r;
	_cleanup_dir_ DIR *dir = readdir_open(fd, &r);

	while (r == 0 && (entry = readdir_next(dir, &r))) {
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!worker_is_wanted_still(usage->work))
			return -ECANCELED;
		usage->entries++;
		usage->apparent_bytes += (uint64_t)st.st_size;
		usage->allocated_bytes += (uint64_t)st.st_blocks * 512;
		if (!S_ISDIR(st.st_mode))
			continue;
		usage->dirs++;
		if (depth < LIMIT_TREE_DEPTH)
			r = add_up(usage, path_open_dir_at(dirfd(dir), entry->d_name, usage->cross), depth + 1);
		if (depth == LIMIT_TREE_DEPTH || (r < 0 && r != -ECANCELED)) {
			usage->skipped++;
			r = 0;
		}
	}
	return r;
}

static void write_filesystem(const struct statfs *fs, struct buf *b)
{
	uint64_t unit = (uint64_t)fs->f_bsize;

	jsonw_object(b, "filesystem");
	jsonw_count(b, "total_bytes", fs->f_blocks * unit);
	jsonw_count(b, "free_bytes", fs->f_bfree * unit);
	jsonw_count(b, "available_bytes", fs->f_bavail * unit);
	jsonw_count(b, "inodes", fs->f_files);
	jsonw_count(b, "free_inodes", fs->f_ffree);
	jsonw_object_end(b);
}

static int write_tree(struct usage *usage, int path_fd, struct buf *b)
{
	int r = add_up(usage, path_open_dir_at(path_fd, ".", true), 0);

	if (r < 0)
		return r;
	jsonw_object(b, "tree");
	jsonw_count(b, "entries", usage->entries);
	jsonw_count(b, "directories", usage->dirs);
	jsonw_count(b, "apparent_bytes", usage->apparent_bytes);
	jsonw_count(b, "allocated_bytes", usage->allocated_bytes);
	jsonw_count(b, "skipped", usage->skipped);
	jsonw_object_end(b);
	return 0;
}

enum handled handle_disk_usage(struct worker_self *w, const struct request_disk_usage *request, struct reply *reply)
{
	struct usage usage = { .work = w, .cross = request->f_cross_mounts };
	_cleanup_close_ int fd = -1;
	struct statfs fs;
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	fd = path_open(w->root_fd, request->f_path, O_PATH, 0);
	r = fd < 0 ? fd : fstatfs(fd, &fs) < 0 ? -errno : 0;
	if (r == 0) {
		write_filesystem(&fs, reply->result);
		r = request->f_tree ? write_tree(&usage, fd, reply->result) : 0;
	}
	if (r < 0)
		reply_fail_path(reply, r, "path");
	return HANDLED_NOW;
}
