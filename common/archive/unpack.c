/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns what an entry of an archive becomes.
 *
 * Never: follows a link, gives an owner or a mode to anything but what it has just made, or a directory that it was told about and
 * that is still the same one.
 */
#include "common/archive/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/archive/unpack_stage.h"
#include "common/cleanup.h"
#include "common/fmt.h"

#define DIR_MODE 0755	/* of one that the archive does not have itself */
#define PROC_PATH_SIZE 300	/* /proc/self/fd/N/ and a name */
#define NO_NOTE SIZE_MAX
#define XATTR_NAME_SIZE 256	/* XATTR_NAME_MAX and NUL */

struct note {
	size_t before;
	dev_t dev;
	ino_t ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	bool made;
	char path[TAR_PATH_SIZE];	/* stored up to its NUL */
};

/* Whoever is given a program must not be given the right of somebody else with it. */
static mode_t mode_of(const struct unpack *u, const struct tar_entry *e)
{
	return e->mode & (u->keep_owner ? 07777 : 01777);
}

static struct timespec time_of(const struct tar_entry *e)
{
	return (struct timespec){ .tv_sec = e->mtime_s, .tv_nsec = e->mtime_ns };
}

/* The directory of that name, made if it is missing. */
static int enter(struct unpack *u, int dir_fd, const char *name)
{
	const struct unpack_dress dress = { DIR_MODE, u->keep_owner ? u->own_uid : u->uid, u->keep_owner ? u->own_gid : u->gid };
	int fd = path_open_dir_at(dir_fd, name, true);

	if (fd == -ENOENT)
		fd = unpack_make_fresh(u, dir_fd, name, &dress);
	return fd == -EEXIST ? path_open_dir_at(dir_fd, name, true) : fd;
}

static int make_directories(struct unpack *u, char *path, int *ret)
{
	_cleanup_close_ int at = path_open_dir_at(u->dir_fd, ".", true);
	char *rest = path;

	while (at >= 0 && rest) {
		char *name = rest;
		int next;

		rest = strchr(name, '/');
		if (rest)
			*rest++ = '\0';
		next = enter(u, at, name);
		close(at);
		at = next;
	}
	if (at < 0)
		return at;
	*ret = take_fd(&at);
	return 0;
}

int unpack_open_parent(struct unpack *u, const char *path, bool make, int *ret, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char parent[TAR_PATH_SIZE] = ".";
	int fd;

	*ret_name = slash ? slash + 1 : path;
	if (slash) {
		memcpy(parent, path, (size_t)(slash - path));
		parent[slash - path] = '\0';
	}
	fd = path_open_dir_at(u->dir_fd, parent, true);
	if (fd == -ENOENT && make)
		return make_directories(u, parent, ret);
	if (fd < 0)
		return fd;
	*ret = fd;
	return 0;
}

static int set_xattr(int fd, const char *path, const char *name, const struct tar_record *record)
{
	int r = path ? lsetxattr(path, name, record->value, record->value_len, 0)
		     : fsetxattr(fd, name, record->value, record->value_len, 0);

	return r < 0 ? -errno : 0;
}

/* Of the fd, or (path is not NULL) of what that path names, be it a link. */
static int set_xattrs(const struct unpack *u, int fd, const char *path, const struct buf *records)
{
	const uint8_t *at = records->data;
	const size_t skip = strlen(TAR_XATTR_PREFIX);
	struct tar_record record;
	char name[XATTR_NAME_SIZE];
	int r = 0;

	while (r == 0 && u->xattrs && records->len &&
	       tar_next_record(&at, records->data + records->len, &record) == TAR_OK) {
		if (record.key_len <= skip || memcmp(record.key, TAR_XATTR_PREFIX, skip) != 0)
			continue;
		if (record.key_len - skip >= sizeof(name) || memchr(record.key, '\0', record.key_len))
			return -EINVAL;
		memcpy(name, record.key + skip, record.key_len - skip);
		name[record.key_len - skip] = '\0';
		r = set_xattr(fd, path, name, &record);
	}
	return r;
}

int unpack_file_begin(struct unpack *u, const struct tar_entry *e, struct atomic_file *t)
{
	const char *slash = strrchr(e->path, '/'), *name = slash ? slash + 1 : e->path;
	size_t len = (size_t)(name - e->path);
	int fd = -1, r = 0;

	if (u->parent_fd >= 0 && strlen(u->parent) == len && memcmp(u->parent, e->path, len) == 0)
		fd = take_fd(&u->parent_fd);
	else
		r = unpack_open_parent(u, e->path, true, &fd, &name);
	unpack_forget_parent(u);
	memcpy(u->parent, e->path, len);
	u->parent[len] = '\0';
	return r < 0 ? r : atomic_file_open(t, ATOMIC_FILE_PUT, fd, name, NULL);
}

/* The owner before the attributes: a change of it takes security.capability away. */
int unpack_file_end(struct unpack *u, const struct tar_entry *e, uint64_t file_size, const struct buf *records, struct atomic_file *t)
{
	const struct atomic_file_options wish = { .mode = mode_of(u, e), .mtime_us = ATOMIC_FILE_KEEP_TIME };
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, time_of(e) };
	uid_t uid = unpack_owner(u, e);
	gid_t gid = unpack_group(u, e);
	int r;

	/* A hole at its end has no bytes. */
	if (e->is_sparse && ftruncate(t->fd, (off_t)file_size) < 0)
		return -errno;
	if ((uid != u->own_uid || gid != u->own_gid) && fchown(t->fd, uid, gid) < 0)
		return -errno;
	r = set_xattrs(u, t->fd, NULL, records);
	if (r == 0 && futimens(t->fd, times) < 0)
		r = -errno;
	if (r == 0)
		r = atomic_file_finish(t, &wish);
	if (r == 0)
		u->parent_fd = take_fd(&t->dir_fd);
	return r;
}

static int note_dir(struct unpack *u, const struct tar_entry *e, int fd, bool made)
{
	struct note note = { .before = u->notes.len ? u->last_note : NO_NOTE, .mode = mode_of(u, e), .uid = unpack_owner(u, e),
			     .gid = unpack_group(u, e), .mtime = time_of(e), .made = made };
	const char *path = e->path[0] ? e->path : ".";
	size_t len = strlen(path) + 1, size = (offsetof(struct note, path) + len + 7) & ~(size_t)7;
	struct stat st;
	uint8_t *to;

	if (fstat(fd, &st) < 0)
		return -errno;
	to = buf_reserve(&u->notes, size);
	if (!to)
		return -ENOMEM;
	note.dev = st.st_dev;
	note.ino = st.st_ino;
	memcpy(to, &note, offsetof(struct note, path));
	memcpy(to + offsetof(struct note, path), path, len);
	u->last_note = u->notes.len;
	buf_commit(&u->notes, size);
	return 0;
}

/* What is no directory makes room; a link that leads to one is none. */
static int make_dir(struct unpack *u, int dir_fd, const char *name, bool *ret_made)
{
	int fd = path_open_dir_at(dir_fd, name, true);

	*ret_made = false;
	if ((fd == -ENOTDIR || fd == -ELOOP) && unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	if (fd != -ENOENT && fd != -ENOTDIR && fd != -ELOOP)
		return fd;
	fd = unpack_make_fresh(u, dir_fd, name, NULL);
	*ret_made = fd >= 0;
	return fd == -EEXIST ? path_open_dir_at(dir_fd, name, true) : fd;
}

int unpack_dir(struct unpack *u, const struct tar_entry *e, const struct buf *records)
{
	_cleanup_close_ int dir_fd = -1, fd = -1;
	bool made = false;
	const char *name;
	int r = 0;

	unpack_forget_parent(u);
	if (e->path[0])
		r = unpack_open_parent(u, e->path, true, &dir_fd, &name);
	if (r < 0)
		return r;
	fd = e->path[0] ? make_dir(u, dir_fd, name, &made) : path_open_dir_at(u->dir_fd, ".", true);
	if (fd < 0)
		return fd;
	if (!made && !unpack_may_dress(u, e, fd))
		return 0;
	r = set_xattrs(u, fd, NULL, records);
	return r < 0 ? r : note_dir(u, e, fd, made);
}

static int make_link(struct unpack *u, const struct tar_entry *e, int dir_fd, const char *name)
{
	_cleanup_close_ int from = -1;
	const char *old;
	int r = unpack_open_parent(u, e->link, false, &from, &old);

	if (r < 0)
		return r;
	return linkat(from, old, dir_fd, name, 0) < 0 ? -errno : 0;
}

static mode_t type_of(const struct tar_entry *e)
{
	return e->type == TAR_SYMLINK ? S_IFLNK : e->type == TAR_CHAR ? S_IFCHR : e->type == TAR_BLOCK_DEVICE ? S_IFBLK : S_IFIFO;
}

static int make(struct unpack *u, const struct tar_entry *e, int dir_fd, const char *name)
{
	int r;

	if (e->type == TAR_LINK)
		return make_link(u, e, dir_fd, name);
	if (e->type == TAR_SYMLINK)
		r = symlinkat(e->link, dir_fd, name);
	else
		r = mknodat(dir_fd, name, type_of(e) | mode_of(u, e), makedev(e->major, e->minor));
	return r < 0 ? -errno : 0;
}

/*
 * Owner and time of what was made under that name. Somebody who may write in the directory may have put a second name of another's
 * file there instead: that has not just one name, or another type or owner.
 */
static int adopt(struct unpack *u, const struct tar_entry *e, int dir_fd, const char *name)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, time_of(e) };
	uid_t uid = unpack_owner(u, e);
	gid_t gid = unpack_group(u, e);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != type_of(e) || st.st_nlink != 1 || st.st_uid != u->own_uid)
		return -EPERM;
	if ((uid != u->own_uid || gid != u->own_gid) && fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return -errno;
	return utimensat(fd, "", times, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

static int make_and_adopt(struct unpack *u, const struct tar_entry *e, const struct buf *records, int dir_fd, const char *name)
{
	char path[PROC_PATH_SIZE];
	int r = make(u, e, dir_fd, name);

	if (r < 0 || e->type == TAR_LINK)
		return r;
	/* The only way to the attributes of a link that goes by a directory's fd. */
	fmt_text(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	r = set_xattrs(u, -1, path, records);
	if (r == 0)
		r = adopt(u, e, dir_fd, name);
	if (r < 0)
		unlinkat(dir_fd, name, 0);
	return r;
}

static int replace_by(struct unpack *u, const struct tar_entry *e, const struct buf *records, int dir_fd, const char *name)
{
	char temp[UNPACK_STAGE_SIZE];
	int r = unpack_temp_name(temp);

	if (r == 0)
		r = make_and_adopt(u, e, records, dir_fd, temp);
	if (r < 0)
		return r;
	r = renameat(dir_fd, temp, dir_fd, name) < 0 ? -errno : 0;
	/* Of two names of one file both stay. */
	unlinkat(dir_fd, temp, 0);
	return r;
}

int unpack_other(struct unpack *u, const struct tar_entry *e, const struct buf *records)
{
	_cleanup_close_ int dir_fd = -1;
	const char *name;
	int stage, r = unpack_open_parent(u, e->path, true, &dir_fd, &name);

	unpack_forget_parent(u);
	if (r < 0)
		return r;
	if (e->type == TAR_LINK || !unpack_gives(u)) {
		r = make_and_adopt(u, e, records, dir_fd, name);
		return r == -EEXIST ? replace_by(u, e, records, dir_fd, name) : r;
	}
	stage = unpack_open_stage(u);
	r = stage < 0 ? stage : make_and_adopt(u, e, records, stage, UNPACK_STAGED);
	if (r < 0)
		return r;
	r = unpack_move_staged(u, dir_fd, name, 0);
	if (r < 0)
		unlinkat(stage, UNPACK_STAGED, 0);
	return r;
}

static int finish_dir(const struct unpack *u, const struct note *note)
{
	_cleanup_close_ int fd = path_open_dir_at(u->dir_fd, note->path, true);
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, note->mtime };
	struct stat st;

	/* A later entry, or somebody else, put something in its place. */
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != note->dev || st.st_ino != note->ino)
		return 0;
	/* Until now nobody could do anything to it. */
	if (note->made && unpack_gives(u) && (st.st_uid != u->own_uid || (st.st_mode & 0777) != UNPACK_FRESH_MODE))
		return 0;
	if ((st.st_uid != note->uid || st.st_gid != note->gid) && fchown(fd, note->uid, note->gid) < 0)
		return -errno;
	return fchmod(fd, note->mode) < 0 || futimens(fd, times) < 0 ? -errno : 0;
}

/* The last first: a directory may be closed to us once it has its mode. */
int unpack_finish(struct unpack *u)
{
	size_t at = u->notes.len ? u->last_note : NO_NOTE;
	int r = 0;

	while (r == 0 && at != NO_NOTE) {
		const uint8_t *from = u->notes.data + at;
		struct note note;

		memcpy(&note, from, offsetof(struct note, path));
		from += offsetof(struct note, path);
		memcpy(note.path, from, strlen((const char *)from) + 1);
		r = finish_dir(u, &note);
		at = note.before;
	}
	return r;
}

void unpack_init(struct unpack *u, size_t notes_max)
{
	*u = (struct unpack){ .dir_fd = -1, .parent_fd = -1, .stage_fd = -1, .notes = BUF_INIT(notes_max) };
	u->uid = u->own_uid = geteuid();
	u->gid = u->own_gid = getegid();
}

void unpack_deinit(struct unpack *u)
{
	unpack_unstage(u);
	close_fd(&u->dir_fd);
	buf_deinit(&u->notes);
}
