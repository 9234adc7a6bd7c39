/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns sync: two lists, a plan, and the actions of the plan.
 *
 *	list both sides -> compare -> delete extra entries -> one archive of the differing entries -> attributes
 *	after a lost connection: from the beginning, over a new connection
 *
 * Never: deletes without --delete; leaves the two directories through a link in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "host/cli/transfer/sync.h"

static void show(const char *what, const struct sync_entry *entry)
{
	printf("%s ", what);
	files_print_name(entry->path);
	puts(entry->type == PITH_FILE_DIRECTORY ? "/" : "");
}

static void show_plan(const struct sync *sync)
{
	for (size_t i = sync->to.count; i-- > 0;) {
		if (sync->to.items[i].action == SYNC_DELETE)
			show("delete", &sync->to.items[i]);
		else if (sync->to.items[i].action == SYNC_IN_THE_WAY)
			show(sync->files.settings->delete ? "delete" : "in-the-way", &sync->to.items[i]);
	}
	for (size_t i = 0; i < sync->from.count; i++) {
		if (sync->from.items[i].action == SYNC_COPY)
			show("copy", &sync->from.items[i]);
		else if (sync->from.items[i].action == SYNC_ATTRIBUTES)
			show("attributes", &sync->from.items[i]);
	}
}

/* Leaves out entries of other types, and entries whose path is a directory that stays. */
static void leave_out(struct sync *sync)
{
	for (size_t i = 0; i < sync->from.count; i++) {
		const struct sync_entry *entry = &sync->from.items[i];

		if (entry->type != PITH_FILE_REGULAR && entry->type != PITH_FILE_DIRECTORY && entry->type != PITH_FILE_SYMLINK)
			files_tell_left_out(&sync->files, entry->path, "left out: neither a file, a directory nor a symbolic link");
	}
	for (size_t i = 0; i < sync->to.count && !sync->files.settings->delete; i++) {
		struct sync_entry *entry = sync->to.items[i].action == SYNC_IN_THE_WAY
						   ? sync_list_find(&sync->from, sync->to.items[i].path)
						   : NULL;

		if (!entry)
			continue;
		files_tell_left_out(&sync->files, entry->path, "left out: there is a directory in its place, and --delete was not given");
		entry->action = SYNC_NOTHING;
	}
}

/* The agent replaces a file by a directory itself. On this side the file is removed first, as the directory's entries come before it. */
static bool is_to_go(const struct sync *sync, const struct sync_entry *entry)
{
	if (entry->action == SYNC_MAKE_WAY)
		return !sync->up;
	return sync->files.settings->delete && (entry->action == SYNC_DELETE || entry->action == SYNC_IN_THE_WAY);
}

/* From the last entry to the first, so that a directory's entries are deleted before the directory. */
static void delete_all(struct sync *sync)
{
	for (size_t i = sync->to.count; i-- > 0 && !sync->over;) {
		struct sync_entry *entry = &sync->to.items[i];

		if (!is_to_go(sync, entry))
			continue;
		if (sync->up)
			sync_delete_there(sync, entry);
		else
			sync_delete_here(sync, entry);
	}
}

static void dress_all(struct sync *sync)
{
	for (size_t i = 0; i < sync->from.count && !sync->over; i++) {
		const struct sync_entry *entry = &sync->from.items[i];

		if (entry->action != SYNC_ATTRIBUTES)
			continue;
		if (sync->up)
			sync_dress_there(sync, entry);
		else
			sync_dress_here(sync, entry);
	}
}

static bool is_same(void *user, const char *path)
{
	struct sync *sync = user;

	return !sync->over && sync_is_same(sync, path);
}

static void do_plan(struct sync *sync)
{
	const struct settings *settings = sync->files.settings;
	const struct sync_options options = {
		.delete = settings->delete,
		.checksum = settings->checksum,
		.same = is_same,
		.user = sync,
	};

	sync_plan(&sync->from, &sync->to, &options);
	if (sync->over)
		return;
	leave_out(sync);
	if (settings->dry_run) {
		show_plan(sync);
		return;
	}
	delete_all(sync);
	if (!sync->over) {
		if (sync->up)
			sync_copy_up(sync);
		else
			sync_copy_down(sync);
	}
	dress_all(sync);
	progress_wipe(&sync->progress);
}

static bool list_both(struct sync *sync)
{
	struct sync_list *here = sync->up ? &sync->from : &sync->to, *there = sync->up ? &sync->to : &sync->from;

	if (!sync_list_guest(&sync->files, sync->there, &sync->filter, there))
		return false;
	if (!sync->up && !there->is_there) {
		files_tell_left_out(&sync->files, sync->there, "there is no such directory in the guest");
		return false;
	}
	/* Confines all later paths to this directory, even if the guest moves it. */
	if (!sync->files.settings->root && sync->there[0] == '/') {
		sync->inside = sync->files.where;
		sync->inside.root = sync->there;
		sync->prefix = "/";
	}
	return sync->dir_fd < 0 || sync_list_here(&sync->files, sync->dir_fd, sync->here, &sync->filter, here);
}

/* Compares from scratch: files that an earlier connection has copied are equal by now. */
static void compare_and_copy(struct sync *sync)
{
	sync->over = false;
	if (list_both(sync))
		do_plan(sync);
	sync_list_free(&sync->from);
	sync_list_free(&sync->to);
}

/* Opens the local directory. A missing TO is made, but not with --dry-run. */
static bool open_here(struct sync *sync)
{
	sync->dir_fd = open(sync->here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sync->dir_fd < 0 && errno == ENOENT && !sync->up) {
		if (sync->files.settings->dry_run)
			return true;
		if (mkdir(sync->here, 0755) == 0)
			sync->dir_fd = open(sync->here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (sync->dir_fd < 0)
		files_tell_local(&sync->files, sync->here, "cannot open the directory", errno);
	return sync->dir_fd >= 0;
}

int cmd_sync(const struct invocation *invocation)
{
	char *const *words = invocation->arguments;
	struct sync sync = { .dir_fd = -1, .up = words[1][0] == ':' };

	if ((words[0][0] == ':') == sync.up || !words[0][0] || !words[1][0]) {
		cmd_say("sync: one of the two directories must be the guest's, with a colon before its path (pith help sync)");
		return STATUS_FAILED;
	}
	sync.here = words[sync.up ? 0 : 1];
	sync.there = words[sync.up ? 1 : 0] + 1;
	if (!sync.there[0])
		sync.there = "/";
	if (!files_init(&sync.files, invocation))
		return sync.files.status;
	files_wait_long(&sync.files);
	progress_init(&sync.progress);
	sync.filter.exclude = invocation->settings.exclude.items;
	sync.inside = sync.files.where;
	sync.prefix = sync.there;
	sync.files.goes_on = true;
	if (open_here(&sync)) {
		do
			compare_and_copy(&sync);
		while (files_go_on(&sync.files, sync.there));
	}
	close_fd(&sync.dir_fd);
	return files_deinit(&sync.files);
}
