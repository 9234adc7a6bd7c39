/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of paths and deletion by them, for the requests that handle whole trees. */
#pragma once

#include <stdbool.h>

#include "agent/files/worker_main.h"
#include "common/archive/tree_filter.h"
#include "common/buf.h"

#define TREE_PATH_SIZE 4096

/* A set of paths, each as a hash of 64 bits. */
struct tree_names {
	struct buf hashes;
	uint64_t seed, last_parent;
};

/* Room for max paths, with as many directories. 0 or -errno. */
int tree_names_init(struct tree_names *names, uint64_t max);

/* Adds the path and the directories above it. 0 or -errno. */
int tree_names_add(struct tree_names *names, const char *path);

/* Ends the additions; tree_names_has() is valid from here on. */
void tree_names_sort(struct tree_names *names);
bool tree_names_has(const struct tree_names *names, const char *path);

/* Appends a slash and name to path, which has len bytes. Returns the new length, or -ENAMETOOLONG. */
ssize_t tree_join(char path[TREE_PATH_SIZE], size_t len, const char *name);

struct tree_prune {
	struct worker_self *work;
	const struct tree_filter *filter;
	const struct tree_names *names;		/* the paths to keep; sorted */
	uint64_t deleted;
	char path[TREE_PATH_SIZE];		/* of the entry that failed */
};

/* Removes from a directory each entry that names does not have and filter includes. 0 or -errno. */
int tree_prune(struct tree_prune *prune, int dir_fd);
