/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the stage, and the question whose a directory is.
 *
 * Never: gives away what somebody else could have exchanged.
 */
#include "common/archive/unpack_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"

bool unpack_gives(const struct unpack *u)
{
	return u->keep_owner || u->uid != u->own_uid || u->gid != u->own_gid;
}

int unpack_temp_name(char name[UNPACK_STAGE_SIZE])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	fmt_text(name, UNPACK_STAGE_SIZE, ".pith-%016llx.tmp", (unsigned long long)number);
	return 0;
}

/* Its fd. Somebody may have put another directory there since: into one of ours that nobody else can enter, nothing can be put. */
int unpack_open_stage(struct unpack *u)
{
	struct stat st;
	int r;

	if (u->stage_fd >= 0)
		return u->stage_fd;
	r = unpack_temp_name(u->stage);
	if (r < 0 || mkdirat(u->dir_fd, u->stage, UNPACK_FRESH_MODE) < 0)
		return r < 0 ? r : -errno;
	u->stage_fd = path_open_dir_at(u->dir_fd, u->stage, true);
	if (u->stage_fd < 0)
		return u->stage_fd;
	if (fstat(u->stage_fd, &st) == 0 && st.st_uid == u->own_uid && (st.st_mode & 0777) == UNPACK_FRESH_MODE)
		return u->stage_fd;
	close_fd(&u->stage_fd);
	return -EPERM;
}

void unpack_forget_parent(struct unpack *u)
{
	close_fd(&u->parent_fd);
}

void unpack_unstage(struct unpack *u)
{
	unpack_forget_parent(u);
	if (u->stage_fd >= 0)
		unlinkat(u->dir_fd, u->stage, AT_REMOVEDIR);
	close_fd(&u->stage_fd);
}

int unpack_move_staged(const struct unpack *u, int dir_fd, const char *name, unsigned int flags)
{
	return syscall(SYS_renameat2, u->stage_fd, UNPACK_STAGED, dir_fd, name, flags) < 0 ? -errno : 0;
}

/* A new directory under a name that is free, closed to others; the owner is changed before it can be reached. */
int unpack_make_fresh(struct unpack *u, int dir_fd, const char *name, const struct unpack_dress *dress)
{
	_cleanup_close_ int fd = -1;
	int stage, r;

	if (!unpack_gives(u)) {
		if (mkdirat(dir_fd, name, dress ? dress->mode : UNPACK_FRESH_MODE) < 0)
			return -errno;
		return path_open_dir_at(dir_fd, name, true);
	}
	stage = unpack_open_stage(u);
	if (stage < 0)
		return stage;
	if (mkdirat(stage, UNPACK_STAGED, UNPACK_FRESH_MODE) < 0)
		return -errno;
	fd = path_open_dir_at(stage, UNPACK_STAGED, false);
	r = fd < 0 ? fd : 0;
	if (r == 0 && dress && (fchown(fd, dress->uid, dress->gid) < 0 || fchmod(fd, dress->mode) < 0))
		r = -errno;
	if (r == 0)
		r = unpack_move_staged(u, dir_fd, name, RENAME_NOREPLACE);
	if (r == 0)
		return take_fd(&fd);
	unlinkat(stage, UNPACK_STAGED, AT_REMOVEDIR);
	return r;
}

/* Nobody else can have put anything into it. */
static bool is_private(const struct unpack *u, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == u->own_uid && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * May a directory that was there be dressed as the archive says? Not by root, if somebody else could have moved it there: it might be one
 * that is closed to him. path is that of the directory; those above it decide.
 */
bool unpack_may_dress(const struct unpack *u, const struct tar_entry *e, int fd)
{
	char path[TAR_PATH_SIZE];
	struct stat st;

	if (u->own_uid != 0 || !e->path[0])
		return true;
	if (fstat(fd, &st) == 0 && st.st_uid != 0 && st.st_uid == unpack_owner(u, e))
		return true;
	memcpy(path, e->path, strlen(e->path) + 1);
	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		_cleanup_close_ int above = -1;

		*slash = '\0';
		above = path_open_dir_at(u->dir_fd, path, true);
		if (above < 0 || !is_private(u, above))
			return false;
	}
	return is_private(u, u->dir_fd);
}
