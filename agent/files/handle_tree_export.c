/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns tree_export: a walk through a directory that writes an archive as it goes.
 *
 * Never: opens anything but a regular file or directory, follows a link.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/files/tree.h"
#include "agent/files/tree_archive.h"
#include "agent/files/tree_changes.h"
#include "agent/files/worker_main.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"

/* The end of an archive is two blocks of zeros. */
#define END_BYTES (2 * TAR_BLOCK)

static int put_file(struct tree_archive *x, int dir_fd, const char *name)
{
	struct stat st, after;
	_cleanup_close_ int fd = path_open_entry_at(dir_fd, name, &st);
	int r;

	if (fd < 0)
		return fd;
	if (st.st_nlink > 1 && tree_links_find(&x->links, &st, x->path, x->entry.link))
		return tree_archive_header(x, &st, TAR_LINK);
	r = tree_archive_xattrs(x, fd, NULL);
	if (r == 0)
		r = sparse_scan(fd, &st, &x->map);
	if (r == 0)
		r = tree_archive_header(x, &st, TAR_FILE);
	if (r == 0)
		r = tree_archive_content(x, fd, (uint64_t)st.st_size);
	if (r == 0 && (fstat(fd, &after) < 0 || after.st_size != st.st_size || after.st_mtim.tv_sec != st.st_mtim.tv_sec ||
		       after.st_mtim.tv_nsec != st.st_mtim.tv_nsec))
		x->changed++;
	return r;
}

static int put_symlink(struct tree_archive *x, int dir_fd, const char *name, const struct stat *st)
{
	ssize_t n = readlinkat(dir_fd, name, x->entry.link, sizeof(x->entry.link) - 1);
	int r;

	if (n < 0)
		return -errno;
	x->entry.link[n] = '\0';
	r = tree_archive_xattrs(x, dir_fd, name);
	return r < 0 ? r : tree_archive_header(x, st, TAR_SYMLINK);
}

static int put_other(struct tree_archive *x, const struct stat *st)
{
	if (S_ISSOCK(st->st_mode) || !x->request->f_allow_devices) {
		x->skipped++;
		return 0;
	}
	return tree_archive_header(x, st, S_ISFIFO(st->st_mode) ? TAR_FIFO : S_ISCHR(st->st_mode) ? TAR_CHAR : TAR_BLOCK_DEVICE);
}

static int put_leaf(struct tree_archive *x, int dir_fd, const char *name, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return put_file(x, dir_fd, name);
	if (S_ISLNK(st->st_mode))
		return put_symlink(x, dir_fd, name, st);
	if (x->request->f_changes && tree_changes_is_whiteout(st))
		return tree_archive_whiteout(x, strlen(x->path) - strlen(name));
	return put_other(x, st);
}

/* Puts the opaque mark if the upper layer has one for this directory, whose path has len bytes. */
static int put_opaque(struct tree_archive *x, int fd, size_t len)
{
	static const char name[] = TREE_CHANGES_OPAQUE;
	int r = x->request->f_changes ? tree_changes_is_opaque(fd) : 0;
	ssize_t n;

	if (r <= 0)
		return r;
	/* tree_archive_whiteout() adds the prefix; name is the rest. */
	n = tree_join(x->path, len, name + strlen(TREE_CHANGES_WHITEOUT));
	r = n < 0 ? (int)n : tree_archive_whiteout(x, (size_t)n - strlen(name + strlen(TREE_CHANGES_WHITEOUT)));
	x->path[len] = '\0';
	return r;
}

static int put_entries(struct tree_archive *x, int fd, size_t len, unsigned int depth);

/* A directory that the filter leaves out is entered all the same: an entry in it may be included. */
static int put_dir(struct tree_archive *x, int dir_fd, const char *name, size_t len, bool wanted, unsigned int depth)
{
	_cleanup_close_ int fd = path_open_dir_at(dir_fd, name, x->request->f_cross_mounts);
	struct stat st;
	int r = 0;

	if (fd == -EXDEV) {
		x->skipped++;
		return 0;
	}
	if (fd < 0)
		return fd;
	if (depth > LIMIT_TREE_DEPTH)
		r = -ELOOP;
	else if (fstat(fd, &st) < 0)
		r = -errno;
	else if (wanted)
		r = tree_archive_xattrs(x, fd, NULL);
	if (r == 0 && wanted)
		r = tree_archive_header(x, &st, TAR_DIR);
	if (r == 0)
		r = put_opaque(x, fd, len);
	return r < 0 ? r : put_entries(x, take_fd(&fd), len, depth);
}

static int put_entry(struct tree_archive *x, int dir_fd, const char *name, size_t len, unsigned int depth)
{
	bool wanted = tree_filter_wants(&x->filter, x->path);
	struct stat st;

	if (!worker_is_wanted_still(x->work))
		return -ECANCELED;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode) && (wanted || x->request->f_include.count))
		return put_dir(x, dir_fd, name, len, wanted, depth + 1);
	return wanted ? put_leaf(x, dir_fd, name, &st) : 0;
}

/* Consumes the fd. An entry that vanishes before its header was sent is left out. */
static int put_entries(struct tree_archive *x, int fd, size_t len, unsigned int depth)
{
	const struct dirent *entry;
	int r;
	_cleanup_dir_ DIR *dir = readdir_open(fd, &r);

	while (r == 0 && (entry = readdir_next(dir, &r))) {
		ssize_t n = tree_join(x->path, len, entry->d_name);

		r = n < 0 ? (int)n : put_entry(x, dirfd(dir), entry->d_name, (size_t)n, depth);
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

static void fail(const struct tree_archive *x, int r, struct reply *reply)
{
	char what[160] = "entry ";
	size_t len = strlen(x->path), room = sizeof(what) - strlen(what) - 1;

	strncat(what, x->path + (len > room ? len - room : 0), room);
	reply_fail_errno(reply, -r, what);
}

/* Puts one of request->f_paths; of a directory only the entry itself. */
static int put_named(struct tree_archive *x, int top_fd, const char *path)
{
	_cleanup_close_ int dir_fd = -1, fd = -1;
	const char *name;
	struct stat st;
	char *slash;
	int r;

	if (strlen(path) >= sizeof(x->path))
		return -ENAMETOOLONG;
	memcpy(x->path, path, strlen(path) + 1);
	if (!tar_clean_path(x->path) || !x->path[0])
		return -EINVAL;
	slash = strrchr(x->path, '/');
	name = slash ? slash + 1 : x->path;
	if (slash)
		*slash = '\0';
	dir_fd = path_open_dir_at(top_fd, slash ? x->path : ".", true);
	if (slash)
		*slash = '/';
	if (dir_fd < 0)
		return dir_fd;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return put_leaf(x, dir_fd, name, &st);
	fd = path_open_dir_at(dir_fd, name, true);
	r = fd < 0 ? fd : tree_archive_xattrs(x, fd, NULL);
	return r < 0 ? r : tree_archive_header(x, &st, TAR_DIR);
}

static int put_all_named(struct tree_archive *x, int top_fd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->request->f_paths.count; i++) {
		r = worker_is_wanted_still(x->work) ? put_named(x, top_fd, x->request->f_paths.item[i]) : -ECANCELED;
		if (r == -ENOENT)
			r = 0;
	}
	close(top_fd);
	return r;
}

/* The entry of the exported directory itself, with an empty path. */
static int put_itself(struct tree_archive *x, int fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	memcpy(x->path, "./", sizeof("./"));
	r = tree_archive_xattrs(x, fd, NULL);
	if (r == 0)
		r = tree_archive_header(x, &st, TAR_DIR);
	x->path[0] = '\0';
	return r;
}

static void export_tree(struct tree_archive *x, int fd, struct reply *reply)
{
	int r = 0;

	worker_event_begin(x->work, "started");
	worker_event_end(x->work);
	if (x->request->f_itself)
		r = put_itself(x, fd);
	if (r < 0)
		close(fd);
	else
		r = x->request->f_paths.item ? put_all_named(x, fd) : put_entries(x, fd, 0, 0);
	if (r < 0) {
		if (x->path[0])
			fail(x, r, reply);
		else
			reply_fail_path(reply, r, "path");
		return;
	}
	if (tree_archive_put(x, NULL, END_BYTES) < 0 || tree_archive_flush(x) < 0)
		return;
	worker_conn_queue(&x->work->conn, FRAME_END, FRAME_STDOUT, NULL, 0);
	jsonw_count(reply->result, "entries", x->entries);
	jsonw_count(reply->result, "file_bytes", x->file_bytes);
	jsonw_count(reply->result, "skipped", x->skipped);
	jsonw_count(reply->result, "changed", x->changed);
}

enum handled handle_tree_export(struct worker_self *w, const struct request_tree_export *request, struct reply *reply)
{
	_cleanup_close_ int dir_fd = -1, upper_fd = -1;
	static struct tree_archive x;
	int fd;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	if (request->f_changes && (upper_fd = tree_changes_open(w, reply)) < 0)
		return HANDLED_NOW;
	dir_fd = path_open(request->f_changes ? upper_fd : w->root_fd, request->f_path, O_PATH | O_DIRECTORY, 0);
	fd = dir_fd < 0 ? dir_fd : path_open_dir_at(dir_fd, ".", true);
	if (fd < 0) {
		reply_fail_path(reply, fd, "path");
		return HANDLED_NOW;
	}
	x = (struct tree_archive){ .work = w, .request = request, .filter = { request->f_include.item, request->f_exclude.item } };
	x.records = x.headers = BUF_INIT(4 * LIMIT_TAR_RECORDS_BYTES);
	tree_links_init(&x.links, LIMIT_TREE_NOTES_BYTES);
	x.map = (struct sparse_map)SPARSE_MAP_INIT;
	x.map_text = BUF_INIT(SPARSE_TEXT_MAX);
	export_tree(&x, fd, reply);
	buf_deinit(&x.records);
	buf_deinit(&x.headers);
	buf_deinit(&x.links.notes);
	buf_deinit(&x.map.pieces);
	buf_deinit(&x.map_text);
	return HANDLED_NOW;
}
