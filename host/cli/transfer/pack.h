/* SPDX-License-Identifier: Apache-2.0 */
/* A directory here as a tar archive (pax), made while it is read: the source of a tree_import. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/archive/tar.h"
#include "common/archive/tar_sparse.h"
#include "common/archive/tree_links.h"
#include "common/buf.h"

#define PACK_DEPTH_MAX 128u /* directories in directories: an fd each */

enum pack_choice {
	PACK_SKIP,	/* nor what is in it */
	PACK_ENTER,	/* not the directory, but what is in it may be */
	PACK_TAKE,
};

struct pack_hooks {
	void *user;
	enum pack_choice (*choose)(void *user, const char *path, const struct stat *st);
	void (*begin)(void *user, const char *path); /* of a file; may be NULL */
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
	bool links;	/* files with several names stay such */
	bool over;
	char path[TAR_PATH_SIZE];
	struct tar_entry entry;
	struct tree_links seen;
	struct buf records;
	struct buf out; /* what goes before file data; from out_at on */
	size_t out_at;
	int fd; /* of the file at hand, or -1 */
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
