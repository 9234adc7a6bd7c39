/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns dir_list: a page of a tree, in the order of its directories, and the cursor at which the next page begins.
 *
 * The cursor is the only state: for each open directory its position in the kernel's order of entries, and the
 * directory's name. The worker remembers nothing between two pages, and sorts nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/files/worker_main.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"
#include "common/fmt.h"

/* Leaves room for the cursor and for one entry with the longest names, where a byte may take six in JSON. */
#define PAGE_BYTES (128u << 10)
#define POSITION_SIZE 24

struct level {
	DIR *dir;
	long position;		/* of the next entry */
	size_t path_len;	/* of the path of this directory, with the slash at its end */
};

struct lister {
	struct level levels[LIMIT_LIST_DEPTH];
	size_t depth;		/* open directories */
	size_t max_depth;
	int error;		/* -errno of a directory that cannot be read to its end */
	char path[PATH_MAX];	/* of the open directory, relative to the listed one; then of the entry */
};

static struct lister lister;

static void leave_dir(struct lister *l)
{
	closedir(l->levels[--l->depth].dir);
}

static void seek(struct level *level, long position)
{
	if (position)
		seekdir(level->dir, position);
	level->position = position;
}

/* Consumes the fd; position 0 is the beginning. */
static int enter_dir(struct lister *l, int fd, size_t path_len, long position)
{
	struct level *level = &l->levels[l->depth];
	int r;

	level->dir = readdir_open(fd, &r);
	if (r < 0)
		return r;
	seek(level, position);
	level->path_len = path_len;
	l->depth++;
	return 0;
}

/* Enters the directory l->path, whose last name begins at name_at. 0 or -errno. */
static int descend(struct lister *l, size_t name_at, long position)
{
	size_t len = strlen(l->path);
	int r;

	if (l->depth == l->max_depth || len + 2 > sizeof(l->path))
		return -ENAMETOOLONG;
	r = enter_dir(l, path_open_dir_at(dirfd(l->levels[l->depth - 1].dir), l->path + name_at, true), len + 1, position);
	if (r == 0)
		memcpy(l->path + len, "/", sizeof("/"));
	return r;
}

static void write_entry(struct lister *l, int dir_fd, const char *name, const struct stat *st, int error_number, struct buf *b)
{
	char target[PATH_MAX];
	ssize_t n = S_ISLNK(st->st_mode) ? readlinkat(dir_fd, name, target, sizeof(target) - 1) : -1;

	jsonw_object(b, NULL);
	file_write_name(b, "path", l->path);
	file_write_info(st, b);
	if (n >= 0) {
		target[n] = '\0';
		file_write_name(b, "target", target);
	}
	if (error_number)
		jsonw_string(b, "errno", errno_name(error_number));
	jsonw_object_end(b);
}

/* Writes the next entry of the open directory and enters it if it is a directory; closes the directory at its end. True: wrote an entry. */
static bool step(struct lister *l, struct buf *b)
{
	struct level *level = &l->levels[l->depth - 1];
	const struct dirent *entry = readdir_next(level->dir, &l->error);
	size_t len;
	struct stat st;
	int fd = dirfd(level->dir), r = 0;

	if (!entry) {
		leave_dir(l);
		return false;
	}
	level->position = telldir(level->dir);
	len = strlen(entry->d_name);
	if (level->path_len + len >= sizeof(l->path))
		return false;
	/* The entry was removed since readdir(). */
	if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	memcpy(l->path + level->path_len, entry->d_name, len + 1);
	/* The directory is opened before its entry is written, so that the entry can report why the directory cannot be read. */
	if (S_ISDIR(st.st_mode) && l->depth < l->max_depth)
		r = descend(l, level->path_len, 0);
	l->path[level->path_len + len] = '\0';
	write_entry(l, fd, l->path + level->path_len, &st, -r, b);
	if (l->levels[l->depth - 1].path_len == level->path_len + len + 1)
		l->path[level->path_len + len] = '/';
	return true;
}

static void write_cursor(const struct lister *l, struct buf *b)
{
	static char text[LIMIT_LIST_DEPTH * POSITION_SIZE + PATH_MAX];
	size_t at = 0, path_len = l->levels[l->depth - 1].path_len;

	for (size_t i = 0; i < l->depth; i++)
		at += fmt_text(text + at, sizeof(text) - at, "%s%lx", i ? "," : "", (unsigned long)l->levels[i].position);
	fmt_text(text + at, sizeof(text) - at, ":%.*s", (int)path_len, l->path);
	file_write_name(b, "cursor", text);
}

/* Opens the cursor's directories again, as far as they still exist. False: the text is no cursor. */
static bool restore(struct lister *l, const char *cursor)
{
	const char *names = strchr(cursor, ':');
	char *end;

	if (!names)
		return false;
	names++;
	seek(&l->levels[0], (long)strtoul(cursor, &end, 16));
	while (*end == ',') {
		size_t len = strcspn(names, "/"), name_at = l->levels[l->depth - 1].path_len;
		long position = (long)strtoul(end + 1, &end, 16);

		if (len == 0 || len >= PATH_NAME_SIZE || names[len] != '/' || name_at + len >= sizeof(l->path))
			return false;
		memcpy(l->path + name_at, names, len);
		l->path[name_at + len] = '\0';
		/* The directory was removed since the last page: the directory above goes on. */
		if (descend(l, name_at, position) < 0)
			return true;
		names += len + 1;
	}
	return *end == ':' && !*names;
}

static void list(struct lister *l, uint64_t max, struct buf *b)
{
	uint64_t count = 0;

	jsonw_array(b, "entries");
	while (l->depth && !l->error && count < max && b->len < PAGE_BYTES)
		count += step(l, b);
	jsonw_array_end(b);
	if (l->depth && !l->error)
		write_cursor(l, b);
}

enum handled handle_dir_list(struct worker_self *w, const struct request_dir_list *request, struct reply *reply)
{
	_cleanup_close_ int path_fd = -1;
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	lister.depth = 0;
	lister.max_depth = (size_t)request->f_depth;
	lister.path[0] = '\0';
	lister.error = 0;
	path_fd = path_open(w->root_fd, request->f_path, O_PATH | O_DIRECTORY, 0);
	r = enter_dir(&lister, path_fd < 0 ? path_fd : path_open_dir_at(path_fd, ".", true), 0, 0);
	if (r == 0 && request->f_cursor && !restore(&lister, request->f_cursor)) {
		reply_fail_field(reply, "cursor", "cursor: was not given by dir_list");
	} else if (r == 0) {
		list(&lister, request->f_max, reply->result);
		r = lister.error;
	}
	if (r < 0)
		reply_fail_path(reply, r, "path");
	while (lister.depth)
		leave_dir(&lister);
	return HANDLED_NOW;
}
