/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of an archive to a folder. Each path is resolved anew below the folder, without following any link, so that neither the
 * archive nor somebody who moves things meanwhile leads out of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "tar.h"
#include "target.h"

struct unpack {
	int dir_fd;
	bool keep_owner;	/* the archive's numbers; else uid and gid */
	bool xattrs;
	uid_t uid;
	gid_t gid;
	struct buf notes;	/* folders, whose mode and time come last */
	size_t last_note;
};

/* All return 0 or -errno. Paths are clean (tar_clean_path()). records are the pax records of the entry. */

/* Opens the file that is to become the entry; its bytes are then written to t->fd. */
int unpack_file_begin(struct unpack *u, const struct tar_entry *e, struct target *t);
int unpack_file_end(struct unpack *u, const struct tar_entry *e, const struct buf *records, struct target *t);

int unpack_dir(struct unpack *u, const struct tar_entry *e, const struct buf *records);

/* Links and nodes. */
int unpack_other(struct unpack *u, const struct tar_entry *e);

/* What waited for the end. */
int unpack_finish(struct unpack *u);
