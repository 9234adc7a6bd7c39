/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks an archive from the guest to a local directory: the sink of a tree_export. The archive is not trusted: paths that lead
 * out of the directory, devices, set-user-ID bits and owners are dropped.
 */
#pragma once

#include "common/archive/tar_reader.h"
#include "common/archive/tree_filter.h"
#include "common/archive/unpack.h"

#define UNPACK_LOCAL_BROKEN (-1)

struct unpack_local_hooks {
	void *user;
	bool (*wants)(void *user, const char *path);
	void (*begin)(void *user, const char *path); /* called at the begin of a file; may be NULL */
	void (*moved)(void *user, size_t bytes);
	/* error: an errno; 0: the entry is left out; UNPACK_LOCAL_BROKEN: the archive is malformed. */
	void (*failed)(void *user, const char *path, const char *why, int error);
};

struct unpack_local {
	const struct unpack_local_hooks *hooks;
	bool itself; /* apply the archive's entry ./ to the directory itself */
	struct tar_reader reader;
	struct unpack unpack;
	struct atomic_file target;
	bool is_open;
	bool over; /* unpacking has failed for good, and the error was reported */
};

/* Consumes dir_fd. */
void unpack_local_init(struct unpack_local *unload, int dir_fd, const struct unpack_local_hooks *hooks);
void unpack_local_deinit(struct unpack_local *unload);

/* As a pith_sink: 0, or -errno after .over. */
int unpack_local_write(void *user, const void *data, size_t size);

/* Call after the last byte: sets the modes and times of directories, and reports errors. */
void unpack_local_finish(struct unpack_local *unload);
