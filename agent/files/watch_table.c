/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the paths of watches. Never: calls inotify, grows. A quarter of the table stays free. */
#include "agent/files/watch_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/fmt.h"

/* The entry of wd, or the free one at which wd would be put. One entry is always free, so the search ends. */
static size_t find(const struct watch_table *t, int wd)
{
	size_t i = (unsigned int)wd % t->size;

	while (t->entries[i].wd != wd && t->entries[i].wd != -1)
		i = (i + 1) % t->size;
	return i;
}

char *watch_table_join(const char *a, const char *b, const char *c)
{
	size_t size = strlen(a) + strlen(b) + strlen(c) + 1;
	char *path = malloc(size);

	if (path)
		fmt_text(path, size, "%s%s%s", a, b, c);
	return path;
}

int watch_table_init(struct watch_table *t, size_t max)
{
	*t = (struct watch_table){ .size = max + max / 3 + 1, .max = max };
	t->entries = calloc(t->size, sizeof(*t->entries));
	if (!t->entries)
		return -ENOMEM;
	for (size_t i = 0; i < t->size; i++)
		t->entries[i].wd = -1;
	return 0;
}

void watch_table_deinit(struct watch_table *t)
{
	for (size_t i = 0; t->entries && i < t->size; i++)
		free(t->entries[i].path);
	free(t->entries);
	*t = (struct watch_table){ 0 };
}

int watch_table_set(struct watch_table *t, int wd, const char *path)
{
	struct watch_entry *entry = &t->entries[find(t, wd)];
	char *old = entry->path, *copy;

	if (entry->wd == -1 && t->count == t->max)
		return -ENOSPC;
	copy = watch_table_join(path, "", "");
	if (!copy)
		return -ENOMEM;
	if (entry->wd == -1)
		t->count++;
	entry->wd = wd;
	entry->path = copy;
	free(old);
	return 0;
}

/* Open addressing: the entries up to the next free one may have been moved along by the removed one, so each is put again. */
void watch_table_remove(struct watch_table *t, int wd)
{
	size_t i = find(t, wd);

	if (t->entries[i].wd == -1)
		return;
	free(t->entries[i].path);
	t->entries[i] = (struct watch_entry){ -1, NULL };
	t->count--;
	for (i = (i + 1) % t->size; t->entries[i].wd != -1; i = (i + 1) % t->size) {
		struct watch_entry moved = t->entries[i];

		t->entries[i] = (struct watch_entry){ -1, NULL };
		t->entries[find(t, moved.wd)] = moved;
	}
}

const char *watch_table_path(const struct watch_table *t, int wd)
{
	return t->entries[find(t, wd)].path;
}

/* path equals directory, or is below it. The directory "" has all paths below it. */
static bool is_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return n == 0 || (strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

int watch_table_rename(struct watch_table *t, const char *from, const char *to)
{
	for (size_t i = 0; i < t->size; i++) {
		struct watch_entry *entry = &t->entries[i];
		char *path;

		if (entry->wd == -1 || !is_below(entry->path, from))
			continue;
		path = watch_table_join(to, "", entry->path + strlen(from));
		if (!path)
			return -ENOMEM;
		free(entry->path);
		entry->path = path;
	}
	return 0;
}

int watch_table_below(const struct watch_table *t, const char *path, size_t *at)
{
	while (*at < t->size) {
		const struct watch_entry *entry = &t->entries[(*at)++];

		if (entry->wd != -1 && is_below(entry->path, path))
			return entry->wd;
	}
	return -1;
}
