/* SPDX-License-Identifier: Apache-2.0 */
/* Owns cat, stat, mkdir, rm, mv and du: for each path one call of libpith, and its output. */
#include <inttypes.h>
#include <stdio.h>

#include "host/cli/parse_units.h"
#include "host/cli/show.h"
#include "host/cli/transfer/files.h"

static enum pith_code cat_one(struct files *files, const char *path, struct pith_error *err)
{
	struct pith_read_options options = { .output = { .kind = PITH_STREAM_FD, .fd = 1 } };
	struct pith_read_result result;

	return pith_file_read(files->conn, &files->where, path, &options, &result, err);
}

int cmd_cat(const struct invocation *invocation)
{
	return files_for_each(invocation, true, cat_one);
}

static enum pith_code stat_one(struct files *files, const char *path, struct pith_error *err)
{
	enum pith_links links = files->settings->follow_links ? PITH_LINKS_FOLLOW : PITH_LINKS_KEEP;
	char target[PITH_PATH_SIZE] = "", mode[SHOW_MODE_SIZE], mtime[SHOW_TIME_SIZE], ctime[SHOW_TIME_SIZE];
	struct pith_file file;
	enum pith_code code = pith_file_stat(files->conn, &files->where, path, links, &file, err);

	if (code != PITH_OK)
		return code;
	if (files->settings->json) {
		cmd_print_json(pith_result_json(files->conn));
		return PITH_OK;
	}
	if (file.type == PITH_FILE_SYMLINK)
		code = pith_readlink(files->conn, &files->where, path, target, err);
	if (code != PITH_OK)
		return code;
	fputs("path      ", stdout);
	files_print_name(path);
	if (file.type == PITH_FILE_SYMLINK) {
		fputs(" -> ", stdout);
		files_print_name(target);
	}
	printf("\ntype      %s\nsize      %" PRIu64 " bytes, %" PRIu64 " allocated\nmode      %04o %s\n", show_type(&file),
	       file.size_bytes, file.allocated_bytes, file.mode, show_mode(&file, mode));
	printf("owner     %u:%u\nlinks     %" PRIu64 "\nmodified  %s\nchanged   %s\n", file.uid, file.gid, file.links,
	       show_time(file.mtime_us, mtime), show_time(file.ctime_us, ctime));
	return PITH_OK;
}

int cmd_stat(const struct invocation *invocation)
{
	return files_for_each(invocation, false, stat_one);
}

static enum pith_code mkdir_one(struct files *files, const char *path, struct pith_error *err)
{
	struct pith_make_options options = { .parents = files->settings->parents };

	return pith_dir_make(files->conn, &files->where, path, &options, NULL, err);
}

int cmd_mkdir(const struct invocation *invocation)
{
	return files_for_each(invocation, false, mkdir_one);
}

static enum pith_code rm_one(struct files *files, const char *path, struct pith_error *err)
{
	return pith_remove(files->conn, &files->where, path,
			   files->settings->recursive ? PITH_REMOVE_TREE : PITH_REMOVE_ONE, err);
}

int cmd_rm(const struct invocation *invocation)
{
	return files_for_each(invocation, invocation->settings.recursive, rm_one);
}

int cmd_mv(const struct invocation *invocation)
{
	const char *from = files_path(invocation->arguments[0]), *to = files_path(invocation->arguments[1]);
	struct pith_error err;
	struct files files;

	if (!files_init(&files, invocation))
		return files.status;
	if (pith_rename(files.conn, &files.where, from, to,
			files.settings->no_replace ? PITH_RENAME_NO_REPLACE : PITH_RENAME_REPLACE, &err) != PITH_OK)
		files_tell(&files, from, &err);
	return files_deinit(&files);
}

static enum pith_code du_one(struct files *files, const char *path, struct pith_error *err)
{
	char allocated[PARSE_UNITS_TEXT_MAX], apparent[PARSE_UNITS_TEXT_MAX], available[PARSE_UNITS_TEXT_MAX], total[PARSE_UNITS_TEXT_MAX];
	struct pith_usage usage;
	enum pith_code code = pith_disk_usage(files->conn, &files->where, path, &usage, err);

	if (code != PITH_OK)
		return code;
	if (files->settings->json) {
		cmd_print_json(pith_result_json(files->conn));
		return PITH_OK;
	}
	files_print_name(path);
	printf(": %s (%s of content) in %" PRIu64 " entries; %s of %s are available\n",
	       parse_units_format_size(usage.allocated_bytes, allocated), parse_units_format_size(usage.apparent_bytes, apparent),
	       usage.entries, parse_units_format_size(usage.available_bytes, available),
	       parse_units_format_size(usage.total_bytes, total));
	if (usage.skipped > 0)
		files_tell_left_out(files, path, "some directories could not be entered, or are mount points");
	return PITH_OK;
}

int cmd_du(const struct invocation *invocation)
{
	return files_for_each(invocation, true, du_one);
}
