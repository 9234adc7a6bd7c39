/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive from the guest to a directory here: the sink of a tree_export. The guest may have written anything into it: what leads
 * out of the directory, devices, set-user-ID bits and owners do not get through.
 */
#pragma once

#include "common/archive/tar_reader.h"
#include "common/archive/tree_filter.h"
#include "common/archive/unpack.h"

#define UNPACK_LOCAL_BROKEN (-1)

struct unpack_local_hooks {
	void *user;
	bool (*wants)(void *user, const char *path);
	void (*begin)(void *user, const char *path); /* of a file; may be NULL */
	void (*moved)(void *user, size_t bytes);
	/* error: an errno; 0: it is left out; UNPACK_LOCAL_BROKEN: the archive is none. */
	void (*failed)(void *user, const char *path, const char *why, int error);
};

struct unpack_local {
	const struct unpack_local_hooks *hooks;
	bool itself; /* an entry for the directory itself counts */
	struct tar_reader reader;
	struct unpack unpack;
	struct atomic_file target;
	bool is_open;
	bool over; /* nothing more can be done here; it was told */
};

/* Consumes dir_fd. */
void unpack_local_init(struct unpack_local *unload, int dir_fd, const struct unpack_local_hooks *hooks);
void unpack_local_deinit(struct unpack_local *unload);

/* As a pith_sink: 0, or -errno once nothing more can be done. */
int unpack_local_write(void *user, const void *data, size_t size);

/* When all came: the modes and times of directories. Tells what is wrong itself. */
void unpack_local_finish(struct unpack_local *unload);
