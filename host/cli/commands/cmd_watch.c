/* SPDX-License-Identifier: Apache-2.0 */
/* Owns watch: prints a line for each change. */
#include <stdio.h>

#include "host/cli/transfer/files.h"

static const char *const names[] = {
	[PITH_CHANGE_OTHER] = "other",
	[PITH_CHANGE_CREATED] = "created",
	[PITH_CHANGE_MODIFIED] = "modified",
	[PITH_CHANGE_ATTRIBUTES] = "attributes",
	[PITH_CHANGE_REMOVED] = "removed",
	[PITH_CHANGE_RENAMED] = "renamed",
	[PITH_CHANGE_OVERFLOW] = "overflow",
	[PITH_CHANGE_STARTED] = "started",
};

static void print_change(const struct pith_change *change)
{
	printf("%s", names[change->kind]);
	if (change->from) {
		putchar(' ');
		files_print_name(change->from);
		fputs(" ->", stdout);
	}
	if (change->path[0]) {
		putchar(' ');
		files_print_name(change->path);
		fputs(change->directory ? "/" : "", stdout);
	}
	putchar('\n');
}

static int on_change(void *user, const struct pith_change *change)
{
	const struct settings *settings = user;

	if (settings->json)
		cmd_print_json(change->json);
	else
		print_change(change);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

int cmd_watch(const struct invocation *invocation)
{
	struct settings settings = invocation->settings;
	const char *path = files_path(invocation->arguments[0]);
	struct pith_error err;
	struct files files;

	if (!files_init(&files, invocation))
		return files.status;
	if (pith_watch(files.conn, &files.where, path, settings.flat ? PITH_WATCH_DIRECTORY : PITH_WATCH_TREE, on_change,
		       &settings, &err) != PITH_OK)
		files_tell(&files, path, &err);
	return files_deinit(&files);
}
