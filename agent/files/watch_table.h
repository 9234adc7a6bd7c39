/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which directory an inotify watch is on: paths below the watched one, by watch descriptor. Pure but for the heap.
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

/* Room for that many. 0 or -ENOMEM. */
int watch_table_init(struct watch_table *t, size_t max);
void watch_table_deinit(struct watch_table *t);

/* A watch descriptor that is known already gets the new path. 0, -ENOSPC when it is full, or -ENOMEM. */
int watch_table_set(struct watch_table *t, int wd, const char *path);
void watch_table_remove(struct watch_table *t, int wd);

/* NULL: not known, the watch was removed before its events were read. */
const char *watch_table_path(const struct watch_table *t, int wd);

/* A directory got another name: all paths at and below it change. 0, or -ENOMEM and some have not. */
int watch_table_rename(struct watch_table *t, const char *from, const char *to);

/* The next watch at or below a path, from *at on (0 at first); -1 at the end. */
int watch_table_below(const struct watch_table *t, const char *path, size_t *at);
