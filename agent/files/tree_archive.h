/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive on its way to the host: headers and bytes are collected into large D frames. Functions return 0 or -errno. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "agent/files/tree.h"
#include "agent/files/worker_main.h"
#include "agent/protocol/request.h"
#include "common/archive/tar.h"
#include "common/archive/tar_sparse.h"
#include "common/archive/tree_links.h"

struct tree_archive {
	struct worker_self *work;
	const struct request_tree_export *request;
	struct tree_filter filter;
	char path[TREE_PATH_SIZE];
	struct tar_entry entry;
	struct buf records, headers;
	struct tree_links links;
	struct sparse_map map;		/* of the current file; empty: the file has no holes */
	struct buf map_text;
	size_t len;			/* bytes collected in worker_bytes and not sent yet */
	uint64_t entries, file_bytes, skipped, changed;
};

/* Sends the collected bytes. On failure the connection is noted as lost. */
int tree_archive_flush(struct tree_archive *x);

/* from NULL: len zeros. */
int tree_archive_put(struct tree_archive *x, const uint8_t *from, size_t len);

/* The header of x->path, with x->records; a file whose x->map is not empty has holes. */
int tree_archive_header(struct tree_archive *x, const struct stat *st, enum tar_type type);

/* With request->f_xattrs adds the attributes to the next header: those of an open file, or of the link `name` in the directory fd. */
int tree_archive_xattrs(struct tree_archive *x, int fd, const char *name);

/* The bytes and padding of the file whose header was put last. */
int tree_archive_content(struct tree_archive *x, int fd, uint64_t size);

/* A whiteout (tree_changes.h): an empty file that marks a name as deleted. The name begins at x->path + at. */
int tree_archive_whiteout(struct tree_archive *x, size_t at);
