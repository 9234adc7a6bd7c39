/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the actions of sync on single entries: hash, attributes, removal. Never: follows a link. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive/path.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/sha256.h"
#include "host/cli/transfer/sync.h"

static bool there_of(struct sync *sync, const char *path, char ret[PITH_PATH_SIZE])
{
	if (files_join(ret, sync->prefix, path))
		return true;
	files_tell_local(&sync->files, path, "the path is too long", 0);
	return false;
}

static void refused(struct sync *sync, const char *path, const struct pith_error *err)
{
	progress_wipe(&sync->progress);
	if (!files_tell(&sync->files, path, err))
		sync->over = true;
}

static void failed(struct sync *sync, const char *path, const char *sentence, int error)
{
	progress_wipe(&sync->progress);
	files_tell_local(&sync->files, path, sentence, error);
}

/* Opens the directory of the entry; *ret_name is the entry's last name. */
static int open_parent(const struct sync *sync, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char parent[PITH_PATH_SIZE] = ".";

	*ret_name = slash ? slash + 1 : path;
	if (slash) {
		memcpy(parent, path, (size_t)(slash - path));
		parent[slash - path] = '\0';
	}
	return path_open_dir_at(sync->dir_fd, parent, true);
}

static int open_file(const struct sync *sync, const char *path)
{
	const char *name;
	_cleanup_close_ int dir_fd = open_parent(sync, path, &name);
	struct stat st;

	return dir_fd < 0 ? dir_fd : path_open_regular_at(dir_fd, name, O_RDONLY, &st);
}

static int hash_here(struct sync *sync, const char *path, char ret[SHA256_TEXT_SIZE])
{
	_cleanup_close_ int fd = open_file(sync, path);
	static char buf[128 << 10];
	struct sha256 s;
	ssize_t n = fd;

	sha256_init(&s);
	while (fd >= 0 && (n = io_read(fd, buf, sizeof(buf))) > 0) {
		sha256_add(&s, buf, (size_t)n);
		progress_add(&sync->progress, (uint64_t)n);
	}
	sha256_end(&s, ret);
	return n < 0 ? (int)n : 0;
}

bool sync_is_same(struct sync *sync, const char *path)
{
	char ours[SHA256_TEXT_SIZE], theirs[SHA256_TEXT_SIZE], there[PITH_PATH_SIZE];
	struct pith_error err;
	int r;

	if (!there_of(sync, path, there))
		return false;
	progress_begin(&sync->progress, path, 0);
	r = hash_here(sync, path, ours);
	if (r < 0) {
		failed(sync, path, "cannot read it", -r);
		return false;
	}
	if (pith_file_hash(sync->files.conn, &sync->inside, there, theirs, &err) != PITH_OK) {
		refused(sync, path, &err);
		return false;
	}
	return strcmp(ours, theirs) == 0;
}

/* A directory that still has excluded entries stays. */
void sync_delete_there(struct sync *sync, const struct sync_entry *entry)
{
	char there[PITH_PATH_SIZE];
	struct pith_error err;

	if (!there_of(sync, entry->path, there) ||
	    pith_remove(sync->files.conn, &sync->inside, there, PITH_REMOVE_ONE, &err) == PITH_OK ||
	    strcmp(err.guest_errno, "ENOTEMPTY") == 0 || strcmp(err.guest_errno, "ENOENT") == 0)
		return;
	refused(sync, entry->path, &err);
}

void sync_delete_here(struct sync *sync, const struct sync_entry *entry)
{
	const char *name;
	_cleanup_close_ int dir_fd = open_parent(sync, entry->path, &name);

	if (dir_fd < 0)
		failed(sync, entry->path, "cannot open its directory", -dir_fd);
	else if (unlinkat(dir_fd, name, entry->type == PITH_FILE_DIRECTORY ? AT_REMOVEDIR : 0) < 0 && errno != ENOTEMPTY &&
		 errno != ENOENT)
		failed(sync, entry->path, "cannot remove it", errno);
}

void sync_dress_there(struct sync *sync, const struct sync_entry *entry)
{
	struct pith_attributes attributes = {
		.has_mode = true,
		.mode = entry->mode & 01777,
		.has_mtime = true,
		.mtime_us = entry->mtime_us,
	};
	char there[PITH_PATH_SIZE];
	struct pith_error err;

	if (there_of(sync, entry->path, there) &&
	    pith_set_attributes(sync->files.conn, &sync->inside, there, PITH_LINKS_KEEP, &attributes, &err) != PITH_OK)
		refused(sync, entry->path, &err);
}

void sync_dress_here(struct sync *sync, const struct sync_entry *entry)
{
	_cleanup_close_ int fd = open_file(sync, entry->path);
	int64_t rest = entry->mtime_us % 1000000;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	rest += rest < 0 ? 1000000 : 0;
	times[1] = (struct timespec){ .tv_sec = (entry->mtime_us - rest) / 1000000, .tv_nsec = rest * 1000 };
	if (fd < 0)
		failed(sync, entry->path, "cannot open it", -fd);
	else if (fchmod(fd, entry->mode & 01777) < 0 || futimens(fd, times) < 0)
		failed(sync, entry->path, "cannot set its mode and time", errno);
}
