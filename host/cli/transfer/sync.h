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
	int dir_fd; /* of here; -1: it is not there, and this is a --dry-run */
	struct pith_where inside; /* for single entries of there … */
	const char *prefix; /* … and what goes before their paths */
	struct sync_list from, to;
	bool over; /* the connection is gone, or this side has failed */
};

/* Both files of that path, whose sizes are the same. */
bool sync_is_same(struct sync *sync, const char *path);

/* These tell what goes wrong, and set .over where nothing more can be done. */
void sync_delete_there(struct sync *sync, const struct sync_entry *entry);
void sync_delete_here(struct sync *sync, const struct sync_entry *entry);
void sync_dress_there(struct sync *sync, const struct sync_entry *entry);
void sync_dress_here(struct sync *sync, const struct sync_entry *entry);
void sync_copy_up(struct sync *sync);
void sync_copy_down(struct sync *sync);
