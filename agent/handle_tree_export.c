/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns tree_export: a walk through a folder, written as an archive while it goes.
 *
 * Never: opens what is no regular file or folder, follows a link, sends more or fewer bytes of a file than its header says.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fmt.h"
#include "io.h"
#include "jsonw.h"
#include "limits.h"
#include "path.h"
#include "tar.h"
#include "tar_sparse.h"
#include "tree.h"
#include "tree_links.h"
#include "xattrs.h"
#include "work.h"

/* The end of an archive is two blocks of zeros. */
#define END_BYTES (2 * TAR_BLOCK)

struct export {
	struct work *work;
	const struct request_tree_export *request;
	struct tree_filter filter;
	char path[TREE_PATH_SIZE];
	struct tar_entry entry;
	struct buf records, headers;
	struct tree_links links;
	struct sparse_map map;		/* of the file at hand; empty: it has no holes */
	struct buf map_text;
	size_t len;			/* bytes that wait for company */
	uint64_t entries, file_bytes, skipped, changed;
};

static int send_bytes(struct export *x)
{
	int r = x->len ? wire_send_data(&x->work->wire, FRAME_STDOUT, work_bytes, x->len) : 0;

	x->len = 0;
	if (r < 0)
		work_lose(x->work, r);
	return r;
}

/* NULL is zeros. */
static int put(struct export *x, const uint8_t *from, size_t len)
{
	while (len) {
		size_t room = sizeof(work_bytes) - x->len, n = len < room ? len : room;
		int r;

		if (from)
			memcpy(work_bytes + x->len, from, n);
		else
			memset(work_bytes + x->len, 0, n);
		from = from ? from + n : NULL;
		x->len += n;
		len -= n;
		r = x->len == sizeof(work_bytes) ? send_bytes(x) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int put_header(struct export *x, const struct stat *st, enum tar_type type)
{
	struct tar_entry *e = &x->entry;

	tar_set_stat(e, st, type);
	memcpy(e->path, x->path, strlen(x->path) + 1);
	x->headers.len = x->map_text.len = 0;
	if (type == TAR_FILE && sparse_count(&x->map))
		sparse_encode(e, &x->map, &x->records, &x->map_text);
	tar_encode(e, &x->records, &x->headers);
	x->records.len = 0;
	x->entries++;
	return x->headers.failed || x->map_text.failed ? -E2BIG : put(x, x->headers.data, x->headers.len);
}

/* Of an open file, or (name is not NULL) of a link in a folder. */
static int put_xattrs(struct export *x, int fd, const char *name)
{
	struct xattrs_of of;

	if (!x->request->f_xattrs)
		return 0;
	if (name)
		xattrs_of_link(&of, fd, name);
	else
		xattrs_of_fd(&of, fd);
	return xattrs_put_records(&x->records, &of);
}

/* Exactly size bytes: of a file that shrank the rest is zeros, and it counts as changed. */
static int put_piece(struct export *x, int fd, uint64_t offset, uint64_t size)
{
	while (size) {
		size_t room = sizeof(work_bytes) - x->len, want = size < room ? (size_t)size : room;
		ssize_t n = pread(fd, work_bytes + x->len, want, (off_t)offset);
		int r = 0;

		if (n < 0)
			return -errno;
		if (n == 0) {
			n = (ssize_t)want;
			memset(work_bytes + x->len, 0, want);
		}
		x->len += (size_t)n;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
		if (x->len == sizeof(work_bytes))
			r = send_bytes(x);
		if (r < 0)
			return r;
	}
	return 0;
}

static int put_content(struct export *x, int fd, uint64_t size)
{
	int r;

	x->file_bytes += size;
	if (!sparse_count(&x->map)) {
		r = put_piece(x, fd, 0, size);
		return r < 0 ? r : put(x, NULL, tar_padding(size));
	}
	r = put(x, x->map_text.data, x->map_text.len);
	for (size_t i = 0; r == 0 && i < sparse_count(&x->map); i++)
		r = put_piece(x, fd, sparse_get(&x->map, i).offset, sparse_get(&x->map, i).len);
	return r < 0 ? r : put(x, NULL, tar_padding(sparse_bytes(&x->map)));
}

static int put_file(struct export *x, int dir_fd, const char *name)
{
	struct stat st, after;
	_cleanup_close_ int fd = path_open_regular_at(dir_fd, name, O_RDONLY, &st);
	int r;

	if (fd < 0)
		return fd;
	if (st.st_nlink > 1 && tree_links_find(&x->links, &st, x->path, x->entry.link))
		return put_header(x, &st, TAR_LINK);
	r = put_xattrs(x, fd, NULL);
	if (r == 0)
		r = sparse_scan(fd, (uint64_t)st.st_size, &x->map);
	if (r == 0)
		r = put_header(x, &st, TAR_FILE);
	if (r == 0)
		r = put_content(x, fd, (uint64_t)st.st_size);
	if (r == 0 && (fstat(fd, &after) < 0 || after.st_size != st.st_size || after.st_mtim.tv_sec != st.st_mtim.tv_sec ||
		       after.st_mtim.tv_nsec != st.st_mtim.tv_nsec))
		x->changed++;
	return r;
}

static int put_symlink(struct export *x, int dir_fd, const char *name, const struct stat *st)
{
	ssize_t n = readlinkat(dir_fd, name, x->entry.link, sizeof(x->entry.link) - 1);
	int r;

	if (n < 0)
		return -errno;
	x->entry.link[n] = '\0';
	r = put_xattrs(x, dir_fd, name);
	return r < 0 ? r : put_header(x, st, TAR_SYMLINK);
}

static int put_other(struct export *x, const struct stat *st)
{
	if (S_ISSOCK(st->st_mode) || !x->request->f_allow_devices) {
		x->skipped++;
		return 0;
	}
	return put_header(x, st, S_ISFIFO(st->st_mode) ? TAR_FIFO : S_ISCHR(st->st_mode) ? TAR_CHAR : TAR_BLOCK_DEVICE);
}

static int put_leaf(struct export *x, int dir_fd, const char *name, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return put_file(x, dir_fd, name);
	if (S_ISLNK(st->st_mode))
		return put_symlink(x, dir_fd, name, st);
	return put_other(x, st);
}

static int put_entries(struct export *x, int fd, size_t len, unsigned int depth);

/* Folders are entered even if only something in them is meant. */
static int put_dir(struct export *x, int dir_fd, const char *name, size_t len, bool wanted, unsigned int depth)
{
	int fd = path_open_dir_at(dir_fd, name, x->request->f_cross_mounts), r = 0;
	struct stat st;

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
		r = put_xattrs(x, fd, NULL);
	if (r == 0 && wanted)
		r = put_header(x, &st, TAR_DIR);
	if (r < 0) {
		close(fd);
		return r;
	}
	return put_entries(x, fd, len, depth);
}

static int put_entry(struct export *x, int dir_fd, const char *name, size_t len, unsigned int depth)
{
	bool wanted = tree_filter_wants(&x->filter, x->path);
	struct stat st;

	if (!work_is_wanted(x->work))
		return -ECANCELED;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode) && (wanted || x->request->f_include.count))
		return put_dir(x, dir_fd, name, len, wanted, depth + 1);
	return wanted ? put_leaf(x, dir_fd, name, &st) : 0;
}

/* Consumes the fd. What vanishes meanwhile, before its header was sent, is not there. */
static int put_entries(struct export *x, int fd, size_t len, unsigned int depth)
{
	const struct dirent *entry;
	int error, r = 0;
	DIR *dir = tree_open_entries(fd, &error);

	if (!dir)
		return error;
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		ssize_t n;

		if (tree_is_dot(entry->d_name))
			continue;
		n = tree_join(x->path, len, entry->d_name);
		r = n < 0 ? (int)n : put_entry(x, dirfd(dir), entry->d_name, (size_t)n, depth);
		if (r == -ENOENT)
			r = 0;
		errno = 0;
	}
	if (r == 0 && errno)
		r = -errno;
	closedir(dir);
	return r;
}

static void fail(const struct export *x, int r, struct reply *reply)
{
	char what[160] = "entry ";
	size_t len = strlen(x->path), room = sizeof(what) - strlen(what) - 1;

	strncat(what, x->path + (len > room ? len - room : 0), room);
	reply_fail_errno(reply, -r, what);
}

/* One of request->f_paths, without what is in it. */
static int put_named(struct export *x, int top_fd, const char *path)
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
	r = fd < 0 ? fd : put_xattrs(x, fd, NULL);
	return r < 0 ? r : put_header(x, &st, TAR_DIR);
}

static int put_all_named(struct export *x, int top_fd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->request->f_paths.count; i++) {
		r = work_is_wanted(x->work) ? put_named(x, top_fd, x->request->f_paths.item[i]) : -ECANCELED;
		if (r == -ENOENT)
			r = 0;
	}
	close(top_fd);
	return r;
}

/* The folder itself, as an entry of its own. */
static int put_itself(struct export *x, int fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	memcpy(x->path, "./", sizeof("./"));
	r = put_xattrs(x, fd, NULL);
	if (r == 0)
		r = put_header(x, &st, TAR_DIR);
	x->path[0] = '\0';
	return r;
}

static void export_tree(struct export *x, int fd, struct reply *reply)
{
	int r = 0;

	work_event_begin(x->work, "started");
	work_event_end(x->work);
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
	if (put(x, NULL, END_BYTES) < 0 || send_bytes(x) < 0)
		return;
	wire_queue(&x->work->wire, FRAME_END, FRAME_STDOUT, NULL, 0);
	jsonw_count(reply->result, "entries", x->entries);
	jsonw_count(reply->result, "file_bytes", x->file_bytes);
	jsonw_count(reply->result, "skipped", x->skipped);
	jsonw_count(reply->result, "changed", x->changed);
}

enum handled handle_tree_export(struct work *w, const struct request_tree_export *request, struct reply *reply)
{
	_cleanup_close_ int dir_fd = -1;
	static struct export x;
	int fd;

	if (!work_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	dir_fd = path_open(w->root_fd, request->f_path, O_PATH | O_DIRECTORY, 0);
	fd = dir_fd < 0 ? dir_fd : path_open_dir_at(dir_fd, ".", true);
	if (fd < 0) {
		reply_fail_path(reply, fd, "path");
		return HANDLED_NOW;
	}
	x = (struct export){ .work = w, .request = request, .filter = { request->f_include.item, request->f_exclude.item } };
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
