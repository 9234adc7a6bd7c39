/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is being written. Replacing and creating happen in a file without a name (O_TMPFILE; with a name of its own where
 * the file system has none), which gets its name when all of it is there: until then nobody sees anything of it, and a process that
 * dies leaves nothing behind. Appending and writing at an offset happen in the file itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/archive/path.h"

enum atomic_file_kind {
	ATOMIC_FILE_REPLACE,
	ATOMIC_FILE_CREATE_NEW,
	ATOMIC_FILE_APPEND,
	ATOMIC_FILE_AT,
	ATOMIC_FILE_PUT,	/* replaces; what there is, mostly nothing, is looked at last */
};

enum atomic_file_fsync {
	ATOMIC_FILE_FSYNC_NONE,
	ATOMIC_FILE_FSYNC_FILE,
	ATOMIC_FILE_FSYNC_ALL,	/* the directory too */
};

#define ATOMIC_FILE_KEEP_MODE UINT64_MAX
#define ATOMIC_FILE_KEEP_TIME INT64_MIN
#define ATOMIC_FILE_NAME_SIZE 96	/* of a temporary or partial file */

/* What a finished file is to be. What is not given is that of the file it replaces, or the default. */
struct atomic_file_options {
	uint64_t mode;		/* ATOMIC_FILE_KEEP_MODE */
	int64_t mtime_us;	/* ATOMIC_FILE_KEEP_TIME */
	bool set_owner;
	uid_t uid;
	gid_t gid;
	enum atomic_file_fsync fsync;
};

struct atomic_file {
	enum atomic_file_kind kind;
	int dir_fd;
	int fd;
	char name[PATH_NAME_SIZE];
	char temp[ATOMIC_FILE_NAME_SIZE];	/* "" while it has no name */
	bool is_partial;		/* temp stays when it is abandoned */
	bool created;			/* in place, and was not there before */
	bool replaces;			/* old is what was there before */
	bool must_be_old;		/* set by the owner: finishing is -ESTALE where something else is there by then */
	struct stat old;
};

#define ATOMIC_FILE_INIT { .dir_fd = -1, .fd = -1 }

/*
 * Opens the file called name in a directory (consumed) for that kind of writing; partial is NULL or the name of a partial file to be
 * gone on with. 0 or -errno: -EBUSY when another one writes the partial file, -EEXIST, and as path_open_regular().
 */
int atomic_file_open(struct atomic_file *t, enum atomic_file_kind kind, int dir_fd, const char *name, const char *partial);

/* All of it is written: attributes, fsync, the name. 0 or -errno; the target must then be abandoned. */
int atomic_file_finish(struct atomic_file *t, const struct atomic_file_options *wish);

/* Lets go of it. What was not finished is as if it had never been; a partial file stays. */
void atomic_file_deinit(struct atomic_file *t);
