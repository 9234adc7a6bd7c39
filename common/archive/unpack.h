/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of an archive to a directory. Paths are resolved below the directory, without following any link, so that neither the archive nor
 * somebody who moves things meanwhile leads out of it. Files that follow each other in a directory go to that very directory, wherever
 * somebody moves it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/archive/atomic_file.h"
#include "common/archive/tar.h"
#include "common/buf.h"

#define UNPACK_STAGE_SIZE 32

struct unpack {
	int dir_fd;
	bool keep_owner;	/* the archive's numbers; else uid and gid */
	bool xattrs;
	uid_t uid, own_uid;	/* whose everything is to be; who we are */
	gid_t gid, own_gid;
	int parent_fd;		/* the directory of the last file, or -1; the files behind it are mostly there too */
	char parent[TAR_PATH_SIZE];
	struct buf notes;	/* directories, whose mode and time come last */
	size_t last_note;
	int stage_fd;		/* a directory that nobody else can enter, in which is made what will be given away; or -1 */
	char stage[UNPACK_STAGE_SIZE];
};

/* Everything is to be ours. dir_fd is for the caller to set. */
void unpack_init(struct unpack *u, size_t notes_max);

/*
 * As root, directories that were there and may have been put there by somebody else get no owner, mode, time or attribute, and whatever is
 * given to another user is made where that user can not exchange it.
 *
 * All return 0 or -errno. Paths are clean (tar_clean_path()). records are the pax records of the entry.
 */

/* Opens the file that is to become the entry; its bytes are then written to t->fd, at their offsets. */
int unpack_file_begin(struct unpack *u, const struct tar_entry *e, struct atomic_file *t);
int unpack_file_end(struct unpack *u, const struct tar_entry *e, uint64_t file_size, const struct buf *records, struct atomic_file *t);

/* "" is the directory itself. */
int unpack_dir(struct unpack *u, const struct tar_entry *e, const struct buf *records);

/* Links and nodes. */
int unpack_other(struct unpack *u, const struct tar_entry *e, const struct buf *records);

/* The directory that holds the path's last name, which *ret_name points to. make: with the directories on the way that are missing. */
int unpack_open_parent(struct unpack *u, const char *path, bool make, int *ret_fd, const char **ret_name);

/* For who removes or moves something in the directory: the next path is resolved anew. */
void unpack_forget_parent(struct unpack *u);

/* Removes what helped; nothing may be unpacked any more. */
void unpack_unstage(struct unpack *u);

/* What waited for the end. */
int unpack_finish(struct unpack *u);

/* Closes dir_fd too. */
void unpack_deinit(struct unpack *u);
