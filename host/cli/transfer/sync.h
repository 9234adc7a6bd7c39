/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of sync share. */
#pragma once

#include "host/cli/transfer/progress.h"
#include "host/cli/transfer/sync_plan.h"

struct sync {
	struct files files;
	struct progress progress;
	struct tree_filter filter;
	bool up; /* from here to the guest */
	const char *here;
	const char *there;
	int dir_fd; /* of the local directory; -1: the directory is missing, and this is a --dry-run */
	struct pith_where inside; /* root, user and timeout for single entries of the guest's directory … */
	const char *prefix; /* … and the prefix of their paths */
	struct sync_list from, to;
	bool over; /* the sync ends: the connection or the local system has failed */
};

/* Compares the two files at path, whose sizes are equal. */
bool sync_is_same(struct sync *sync, const char *path);

/* These report errors, and set .over if the sync cannot go on. */
void sync_delete_there(struct sync *sync, const struct sync_entry *entry);
void sync_delete_here(struct sync *sync, const struct sync_entry *entry);
void sync_dress_there(struct sync *sync, const struct sync_entry *entry);
void sync_dress_here(struct sync *sync, const struct sync_entry *entry);
void sync_copy_up(struct sync *sync);
void sync_copy_down(struct sync *sync);
