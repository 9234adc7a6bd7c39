/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of each inotify watch: a path relative to the watched directory, by watch descriptor. Pure but for the heap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct watch_entry {
	int wd;		/* -1: free */
	char *path;	/* "" for the watched directory itself */
};

struct watch_table {
	struct watch_entry *entries;
	size_t size, count, max;
};

/* Three texts as one, which the caller frees; NULL when there is no memory. */
char *watch_table_join(const char *a, const char *b, const char *c);

/* Room for max watches. 0 or -ENOMEM. */
int watch_table_init(struct watch_table *t, size_t max);
void watch_table_deinit(struct watch_table *t);

/* Sets the path of wd, also if wd has one already. 0, -ENOSPC when the table is full, or -ENOMEM. */
int watch_table_set(struct watch_table *t, int wd, const char *path);
void watch_table_remove(struct watch_table *t, int wd);

/* NULL: unknown; the watch was removed before its last events were read. */
const char *watch_table_path(const struct watch_table *t, int wd);

/* A directory was renamed: changes the paths at and below it. 0; -ENOMEM: some paths are unchanged. */
int watch_table_rename(struct watch_table *t, const char *from, const char *to);

/* The next watch at or below path, searching from *at (0 at first); -1 at the end. */
int watch_table_below(const struct watch_table *t, const char *path, size_t *at);
