/* SPDX-License-Identifier: Apache-2.0 */
/* What the requests about whole trees share. */
#pragma once

#include <stdbool.h>

#include "agent/files/worker_main.h"
#include "common/archive/tree_filter.h"
#include "common/buf.h"

#define TREE_PATH_SIZE 4096

/* Paths that were seen, for the question which ones were not. */
struct tree_names {
	struct buf hashes;
	uint64_t seed, last_parent;
};

/* With a maximum of that many paths. 0 or -errno. */
int tree_names_init(struct tree_names *names, uint64_t max);

/* The path and the directories on the way to it. 0 or -errno. */
int tree_names_add(struct tree_names *names, const char *path);

/* No more additions; now it can be asked. */
void tree_names_sort(struct tree_names *names);
bool tree_names_has(const struct tree_names *names, const char *path);

/* Goes on from `a` to `a/b`, where `a` has len bytes. The new length, or -ENAMETOOLONG. */
ssize_t tree_join(char path[TREE_PATH_SIZE], size_t len, const char *name);

struct tree_prune {
	struct worker_self *work;
	const struct tree_filter *filter;
	const struct tree_names *names;		/* what stays; sorted */
	uint64_t deleted;
	char path[TREE_PATH_SIZE];		/* where it ended */
};

/* Removes from a directory what has no name there and is not left out by the filter. 0 or -errno. */
int tree_prune(struct tree_prune *prune, int dir_fd);
