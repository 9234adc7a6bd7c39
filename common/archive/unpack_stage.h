/* SPDX-License-Identifier: Apache-2.0 */
/* What unpack.c does where somebody else may be at work: things are made out of his reach, and his directories are left alone. */
#pragma once

#include "common/archive/unpack.h"

#define UNPACK_STAGED "new"		/* in the stage, which holds one thing at a time */
#define UNPACK_FRESH_MODE 0700

static inline uid_t unpack_owner(const struct unpack *u, const struct tar_entry *e)
{
	return u->keep_owner ? e->uid : u->uid;
}

static inline gid_t unpack_group(const struct unpack *u, const struct tar_entry *e)
{
	return u->keep_owner ? e->gid : u->gid;
}

/* Is something given to another user? */
bool unpack_gives(const struct unpack *u);

int unpack_temp_name(char name[UNPACK_STAGE_SIZE]);

/* The fd of a directory that nobody else can enter, or -errno. */
int unpack_open_stage(struct unpack *u);

/* Moves what lies in the stage. */
int unpack_move_staged(const struct unpack *u, int dir_fd, const char *name, unsigned int flags);

struct unpack_dress {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* A new directory under a name that is free: its fd or -errno. dress NULL: it stays closed to others and ours. */
int unpack_make_fresh(struct unpack *u, int dir_fd, const char *name, const struct unpack_dress *dress);

/* May a directory that was there be dressed as the archive says? */
bool unpack_may_dress(const struct unpack *u, const struct tar_entry *e, int fd);
