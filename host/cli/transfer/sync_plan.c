/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the comparison. Never: changes anything but actions. */
#include "host/cli/transfer/sync_plan.h"

#include <string.h>

#define KEPT_MODE 01777 /* set-user-ID and set-group-ID bits are not copied */

/* Marks the parent directory of path for copying. */
static void touch_directory(struct sync_list *from, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct sync_entry *directory;
	char parent[PITH_PATH_SIZE];

	if (!slash) {
		from->touched = true;
		return;
	}
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	directory = sync_list_find(from, parent);
	if (directory && directory->type == PITH_FILE_DIRECTORY)
		directory->action = SYNC_COPY;
}

static bool can_go(const struct sync_entry *entry)
{
	return entry->type == PITH_FILE_REGULAR || entry->type == PITH_FILE_DIRECTORY || entry->type == PITH_FILE_SYMLINK;
}

static bool is_dressed_alike(const struct sync_entry *a, const struct sync_entry *b)
{
	return (a->mode & KEPT_MODE) == (b->mode & KEPT_MODE) && a->mtime_us == b->mtime_us;
}

static enum sync_action compare_files(const struct sync_entry *from, const struct sync_entry *to,
				      const struct sync_options *options)
{
	if (from->size != to->size)
		return SYNC_COPY;
	if ((options->checksum || from->mtime_us != to->mtime_us) && !options->same(options->user, from->path))
		return SYNC_COPY;
	return is_dressed_alike(from, to) ? SYNC_NOTHING : SYNC_ATTRIBUTES;
}

static enum sync_action compare(const struct sync_entry *from, struct sync_entry *to, const struct sync_options *options)
{
	if (from->type != to->type) {
		if (to->type == PITH_FILE_DIRECTORY)
			to->action = SYNC_IN_THE_WAY;
		else if (from->type == PITH_FILE_DIRECTORY)
			to->action = SYNC_MAKE_WAY;
		return SYNC_COPY;
	}
	if (from->type == PITH_FILE_REGULAR)
		return compare_files(from, to, options);
	if (from->type == PITH_FILE_SYMLINK)
		return from->target && to->target && strcmp(from->target, to->target) == 0 ? SYNC_NOTHING : SYNC_COPY;
	return is_dressed_alike(from, to) ? SYNC_NOTHING : SYNC_COPY;
}

void sync_plan(struct sync_list *from, struct sync_list *to, const struct sync_options *options)
{
	from->touched = !to->is_there;
	for (size_t i = 0; i < from->count; i++) {
		struct sync_entry *entry = &from->items[i], *there = sync_list_find(to, entry->path);

		if (!can_go(entry))
			continue;
		/* The directory may have an action already. */
		if (entry->action == SYNC_NOTHING)
			entry->action = there ? compare(entry, there, options) : SYNC_COPY;
		if (entry->action == SYNC_COPY)
			touch_directory(from, entry->path);
	}
	for (size_t i = 0; i < to->count && options->delete; i++) {
		struct sync_entry *entry = &to->items[i];

		if (sync_list_find(from, entry->path))
			continue;
		entry->action = SYNC_DELETE;
		touch_directory(from, entry->path);
	}
}
