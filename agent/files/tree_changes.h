/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whiteouts: the marks of an overlay's upper layer for names of the lower layer that are deleted, and the marks of an
 * archive for the same. Sources: the kernel's Documentation/filesystems/overlayfs.rst, "whiteouts and opaque
 * directories"; OCI image-spec, layer.md.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "agent/files/worker_main.h"
#include "common/archive/unpack.h"

#define TREE_CHANGES_WHITEOUT ".wh."			/* prefix of a deleted name */
#define TREE_CHANGES_OPAQUE TREE_CHANGES_WHITEOUT TREE_CHANGES_WHITEOUT ".opq"	/* in a directory: the lower layer is hidden */

/* Opens the upper layer's directory. Returns its fd, or a negative number; *reply then has the reason. */
int tree_changes_open(const struct worker_self *w, struct reply *reply);

/* True: this entry of the upper layer marks a deleted name. */
bool tree_changes_is_whiteout(const struct stat *st);

/* For a directory of the upper layer: 1 if opaque, 0 if not; -EXDEV if a directory of the lower layer was renamed to this name. */
int tree_changes_is_opaque(int fd);

/* True: overlayfs uses this attribute for itself, so no archive may have it. */
bool tree_changes_hides(const char *xattr);

/*
 * For the path of an archive's entry: 1 if the path is a whiteout, and the name that it marks was removed (*deleted
 * counts removals); 0 if not; or -errno.
 */
int tree_changes_apply(struct worker_self *w, struct unpack *u, const char *path, uint64_t *deleted);
