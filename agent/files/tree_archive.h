/* SPDX-License-Identifier: Apache-2.0 */
/* An archive on its way to the host: headers and bytes, collected to large frames. All return 0 or -errno. */
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
	struct sparse_map map;		/* of the file at hand; empty: it has no holes */
	struct buf map_text;
	size_t len;			/* bytes that wait for company */
	uint64_t entries, file_bytes, skipped, changed;
};

/* Sends what was collected. A failure is noted as the connection's. */
int tree_archive_flush(struct tree_archive *x);

/* NULL is zeros. */
int tree_archive_put(struct tree_archive *x, const uint8_t *from, size_t len);

/* Of x->path, with the records that were collected for it; a file with x->map has holes. */
int tree_archive_header(struct tree_archive *x, const struct stat *st, enum tar_type type);

/* For the next header, if they are wanted. Of an open file, or (name is not NULL) of a link in a directory. */
int tree_archive_xattrs(struct tree_archive *x, int fd, const char *name);

/* The bytes of the file whose header was put last, and its padding. */
int tree_archive_content(struct tree_archive *x, int fd, uint64_t size);

/* An empty file whose name says what is gone: the name that stands in x->path from at on. */
int tree_archive_whiteout(struct tree_archive *x, size_t at);
