/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a directory, here or in the guest, for sync. */
#pragma once

#include <stddef.h>

#include "common/archive/tree_filter.h"
#include "host/cli/transfer/files.h"

#define SYNC_DEPTH_MAX 64u /* what dir_list goes down at once */
#define SYNC_ENTRIES_MAX 4000000u /* some 150 bytes each, on both sides */

enum sync_action {
	SYNC_NOTHING,
	SYNC_COPY,
	SYNC_ATTRIBUTES, /* of a file whose content is the same */
	SYNC_DELETE,
	SYNC_MAKE_WAY, /* a file or link where a directory is to be */
	SYNC_IN_THE_WAY, /* a directory where a file is to be; it is deleted, or what is to be there is left out */
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

/* Sorted by the bytes of the paths: a directory stands before what is in it. */
struct sync_list {
	struct sync_entry *items;
	size_t count;
	size_t room;
	bool is_there; /* the directory */
	bool touched; /* something directly in it is to change */
};

/* False, with a sentence told, where the list is not whole. A directory that is not there is an empty list. */
bool sync_list_guest(struct files *files, const char *path, const struct tree_filter *filter, struct sync_list *ret);
bool sync_list_here(struct files *files, int dir_fd, const char *path, const struct tree_filter *filter, struct sync_list *ret);

void sync_list_free(struct sync_list *list);

/* NULL: it has none of that path. */
struct sync_entry *sync_list_find(const struct sync_list *list, const char *path);

/* Adds a copy of the strings; for tests too. False without memory, or too many. */
bool sync_list_add(struct sync_list *list, const struct sync_entry *entry);
void sync_list_sort(struct sync_list *list);
