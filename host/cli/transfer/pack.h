/* SPDX-License-Identifier: Apache-2.0 */
/* A local directory as a tar archive (pax), made while it is read: the source of a tree_import. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/archive/tar.h"
#include "common/archive/tar_sparse.h"
#include "common/archive/tree_links.h"
#include "common/buf.h"

#define PACK_DEPTH_MAX 128u /* nesting of directories: each level costs an fd */

enum pack_choice {
	PACK_SKIP,	/* leave out the entry, and a directory's entries too */
	PACK_ENTER,	/* leave out the directory itself, but look at its entries */
	PACK_TAKE,
};

struct pack_hooks {
	void *user;
	enum pack_choice (*choose)(void *user, const char *path, const struct stat *st);
	void (*begin)(void *user, const char *path); /* called at the begin of a file; may be NULL */
	void (*left_out)(void *user, const char *path, const char *why, int error);
};

struct pack_level {
	DIR *dir;
	size_t len; /* of its path */
};

struct pack {
	const struct pack_hooks *hooks;
	struct pack_level level[PACK_DEPTH_MAX];
	unsigned depth;
	bool itself;	/* an entry for the directory itself comes first */
	bool links;	/* files with several links become hard links */
	bool over;
	char path[TAR_PATH_SIZE];
	struct tar_entry entry;
	struct tree_links seen;
	struct buf records;
	struct buf out; /* header and records before the file's bytes; not yet read from out_at on */
	size_t out_at;
	int fd; /* of the current file, or -1 */
	struct sparse_map map;
	struct buf map_text;
	size_t piece;
	uint64_t piece_done;
	bool is_cut;
};

/* Consumes dir_fd. False without memory or file descriptors (errno). */
bool pack_init(struct pack *pack, int dir_fd, const struct pack_hooks *hooks);
void pack_deinit(struct pack *pack);

/* As a pith_source: up to size bytes, 0 at the end, or -errno. */
ssize_t pack_read(void *user, void *buf, size_t size);
