/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the lists of both sides. Never: follows a link, opens an entry that is not a directory. */
#include "host/cli/transfer/sync_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive/path.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"

#define FIRST_ROOM 256u

struct scan {
	struct files *files;
	const struct tree_filter *filter;
	struct sync_list *list;
	const char *top; /* the directory's path in messages */
	bool failed;
	char path[PITH_PATH_SIZE];
};

static bool grow(struct sync_list *list)
{
	size_t room = list->room ? list->room * 2 : FIRST_ROOM;
	struct sync_entry *items;

	if (list->count < list->room)
		return true;
	if (room > SYNC_ENTRIES_MAX)
		room = SYNC_ENTRIES_MAX;
	items = list->count < room ? reallocarray(list->items, room, sizeof(*items)) : NULL;
	if (!items)
		return false;
	list->items = items;
	list->room = room;
	return true;
}

bool sync_list_add(struct sync_list *list, const struct sync_entry *entry)
{
	char *path = strdup(entry->path), *target = entry->target ? strdup(entry->target) : NULL;

	if (!path || (entry->target && !target) || !grow(list)) {
		free(path);
		free(target);
		return false;
	}
	list->items[list->count] = *entry;
	list->items[list->count].path = path;
	list->items[list->count].target = target;
	list->count++;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct sync_entry *left = a, *right = b;

	return strcmp(left->path, right->path);
}

void sync_list_sort(struct sync_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare);
}

struct sync_entry *sync_list_find(const struct sync_list *list, const char *path)
{
	struct sync_entry key = { 0 };
	char copy[PITH_PATH_SIZE];
	size_t len = strlen(path);

	if (list->count == 0 || len >= sizeof(copy))
		return NULL;
	memcpy(copy, path, len + 1);
	key.path = copy;
	return bsearch(&key, list->items, list->count, sizeof(key), compare);
}

void sync_list_free(struct sync_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].path);
		free(list->items[i].target);
	}
	free(list->items);
	*list = (struct sync_list){ .items = NULL };
}

static void fail(struct scan *scan, const char *path, const char *sentence, int error)
{
	files_tell_local(scan->files, path, sentence, error);
	scan->failed = true;
}

static bool add(struct scan *scan, const struct sync_entry *entry)
{
	if (sync_list_add(scan->list, entry))
		return true;
	fail(scan, scan->top, "it has too many entries, or there is no memory left", 0);
	return false;
}

static unsigned depth_of(const char *path)
{
	unsigned depth = 1;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

static int on_entry(void *user, const struct pith_dir_entry *found)
{
	struct scan *scan = user;
	struct sync_entry entry = {
		.type = found->file.type,
		.mode = found->file.mode,
		.size = found->file.size_bytes,
		.mtime_us = found->file.mtime_us,
	};
	char path[PITH_PATH_SIZE], target[PITH_PATH_SIZE];

	if (!tree_filter_wants(scan->filter, found->path))
		return 0;
	if (found->problem)
		fail(scan, found->path, "the directory cannot be listed in the guest", 0);
	else if (entry.type == PITH_FILE_DIRECTORY && depth_of(found->path) >= SYNC_DEPTH_MAX)
		fail(scan, found->path, "too many directories in directories", 0);
	memcpy(path, found->path, strlen(found->path) + 1);
	entry.path = path;
	if (found->target) {
		memcpy(target, found->target, strlen(found->target) + 1);
		entry.target = target;
	}
	return scan->failed || !add(scan, &entry);
}

bool sync_list_guest(struct files *files, const char *path, const struct tree_filter *filter, struct sync_list *ret)
{
	struct scan scan = { .files = files, .filter = filter, .list = ret, .top = path };
	struct pith_error err;
	enum pith_code code = pith_dir_list(files->conn, &files->where, path, SYNC_DEPTH_MAX, on_entry, &scan, &err);

	ret->is_there = code == PITH_OK;
	if (code == PITH_GUEST_ERROR && strcmp(err.guest_code, "not_found") == 0)
		return true;
	if (code != PITH_OK)
		files_tell(files, path, &err);
	sync_list_sort(ret);
	return code == PITH_OK && !scan.failed;
}

static enum pith_file_type type_of(mode_t mode)
{
	return S_ISREG(mode)  ? PITH_FILE_REGULAR
	       : S_ISDIR(mode) ? PITH_FILE_DIRECTORY
	       : S_ISLNK(mode) ? PITH_FILE_SYMLINK
			       : PITH_FILE_OTHER;
}

static void scan_directory(struct scan *scan, int fd, size_t len, unsigned depth);

static void scan_entry(struct scan *scan, int dir_fd, const char *name, size_t len, unsigned depth)
{
	struct sync_entry entry = { .path = scan->path };
	char target[PITH_PATH_SIZE];
	struct stat st;
	ssize_t n;
	int fd;

	if (!tree_filter_wants(scan->filter, scan->path))
		return;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			fail(scan, scan->path, "cannot look at it", errno);
		return;
	}
	entry.type = type_of(st.st_mode);
	entry.mode = st.st_mode & 07777;
	entry.size = (uint64_t)st.st_size;
	entry.mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	if (entry.type == PITH_FILE_SYMLINK) {
		n = readlinkat(dir_fd, name, target, sizeof(target) - 1);
		if (n < 0) {
			fail(scan, scan->path, "cannot read the link", errno);
			return;
		}
		target[n] = '\0';
		entry.target = target;
	}
	if (!add(scan, &entry) || entry.type != PITH_FILE_DIRECTORY)
		return;
	fd = depth < SYNC_DEPTH_MAX ? path_open_dir_at(dir_fd, name, true) : -ELOOP;
	if (fd < 0)
		fail(scan, scan->path, fd == -ELOOP ? "too many directories in directories" : "cannot open the directory",
		     fd == -ELOOP ? 0 : -fd);
	else
		scan_directory(scan, fd, len, depth + 1);
}

/* Consumes the fd. */
static void scan_directory(struct scan *scan, int fd, size_t len, unsigned depth)
{
	int r;
	_cleanup_dir_ DIR *dir = readdir_open(fd, &r);
	const struct dirent *found;

	while (r == 0 && !scan->failed && (found = readdir_next(dir, &r))) {
		size_t more = strlen(found->d_name), slash = len > 0;

		if (len + slash + more >= sizeof(scan->path)) {
			fail(scan, scan->path, "a path in it is too long", ENAMETOOLONG);
			break;
		}
		if (slash)
			scan->path[len] = '/';
		memcpy(scan->path + len + slash, found->d_name, more + 1);
		scan_entry(scan, dirfd(dir), found->d_name, len + slash + more, depth);
		scan->path[len] = '\0';
	}
	if (r < 0)
		fail(scan, scan->path, "cannot read the directory", -r);
}

bool sync_list_here(struct files *files, int dir_fd, const char *path, const struct tree_filter *filter, struct sync_list *ret)
{
	struct scan scan = { .files = files, .filter = filter, .list = ret, .top = path };
	int fd = path_open_dir_at(dir_fd, ".", true);

	ret->is_there = fd >= 0;
	if (fd < 0)
		fail(&scan, path, "cannot open the directory", -fd);
	else
		scan_directory(&scan, fd, 0, 1);
	sync_list_sort(ret);
	return !scan.failed;
}
