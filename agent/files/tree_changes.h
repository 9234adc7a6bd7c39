/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an overlay's upper layer says about the layer below it, and how an archive says the same: the whiteouts of the OCI image-spec
 * (layer.md). Source of the former: Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/files/worker_main.h"
#include "common/archive/unpack.h"

#define TREE_CHANGES_WHITEOUT ".wh."			/* before the name that is gone */
#define TREE_CHANGES_OPAQUE TREE_CHANGES_WHITEOUT TREE_CHANGES_WHITEOUT ".opq"	/* in a directory: nothing below it shows through */

/* The upper layer's directory; or a negative number, and *reply says why there is none. */
int tree_changes_open(const struct worker_self *w, struct reply *reply);

/* Does the entry of the upper layer stand for a name that is gone? */
bool tree_changes_is_whiteout(const struct stat *st);

/* Of a directory of the upper layer: 1 if it is opaque, 0 if not; -EXDEV if it is what a directory below was renamed to. */
int tree_changes_is_opaque(int fd);

/* The overlay's notes to itself mean nothing elsewhere. */
bool tree_changes_hides(const char *xattr);

/*
 * An entry of an archive: 1 if its name is that of a whiteout, and what it takes away is gone (*deleted counts); 0 if it is not; or
 * -errno.
 */
int tree_changes_apply(struct worker_self *w, struct unpack *u, const char *path, uint64_t *deleted);
