/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a directory, local or in the guest, for sync. */
#pragma once

#include <stddef.h>

#include "common/archive/tree_filter.h"
#include "host/cli/transfer/files.h"

#define SYNC_DEPTH_MAX 64u /* the depth of one dir_list request */
#define SYNC_ENTRIES_MAX 4000000u /* about 150 bytes each, on both sides */

enum sync_action {
	SYNC_NOTHING,
	SYNC_COPY,
	SYNC_ATTRIBUTES, /* set mode and time of a file with equal content */
	SYNC_DELETE,
	SYNC_MAKE_WAY, /* a file or link at the path of a new directory */
	SYNC_IN_THE_WAY, /* a directory at the path of a new file: deleted with --delete, else the file is left out */
};

struct sync_entry {
	char *path; /* relative, clean */
	char *target; /* of a symbolic link */
	enum pith_file_type type;
	enum sync_action action;
	uint32_t mode;
	uint64_t size;
	int64_t mtime_us;
};

/* Sorted by the bytes of the paths: a directory comes before its entries. */
struct sync_list {
	struct sync_entry *items;
	size_t count;
	size_t room;
	bool is_there; /* the directory exists */
	bool touched; /* an entry directly in the directory will change */
};

/* False, after an error message, if the list is incomplete. A missing directory gives an empty list. */
bool sync_list_guest(struct files *files, const char *path, const struct tree_filter *filter, struct sync_list *ret);
bool sync_list_here(struct files *files, int dir_fd, const char *path, const struct tree_filter *filter, struct sync_list *ret);

void sync_list_free(struct sync_list *list);

/* The entry with this path, or NULL. */
struct sync_entry *sync_list_find(const struct sync_list *list, const char *path);

/* Adds an entry with copies of its strings; also for tests. False without memory, or above SYNC_ENTRIES_MAX. */
bool sync_list_add(struct sync_list *list, const struct sync_entry *entry);
void sync_list_sort(struct sync_list *list);
