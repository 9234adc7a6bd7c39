/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns ls: the rows that are kept for sorting, and the format of a line.
 *
 * Never: holds more than SORTED_MAX entries; a listing of a hostile guest may have no end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/show.h"
#include "host/cli/transfer/files.h"

#define SORTED_MAX 100000u /* entries, about 30 MB; later entries are printed in the guest's order */

struct row {
	struct row *next;
	struct pith_file file;
	const char *target; /* of a symbolic link, stored in text too; or NULL */
	char text[]; /* the name */
};

struct listing {
	struct files *files;
	struct row *rows; /* the last one first */
	size_t count;
	bool unsorted;
	bool failed;
};

static void print_row(const struct listing *listing, const char *name, const char *target,
		      const struct pith_file *file)
{
	char mode[SHOW_MODE_SIZE], mtime[SHOW_TIME_SIZE];

	if (listing->files->settings->long_format)
		printf("%s %3" PRIu64 " %5u %5u %12" PRIu64 " %s ", show_mode(file, mode), file->links, file->uid,
		       file->gid, file->size_bytes, show_time(file->mtime_us, mtime));
	files_print_name(name);
	if (listing->files->settings->long_format && target) {
		fputs(" -> ", stdout);
		files_print_name(target);
	}
	putchar('\n');
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *const *left = a, *const *right = b;

	return strcmp((*left)->text, (*right)->text);
}

static bool print_sorted(const struct listing *listing)
{
	const struct row **sorted = calloc(listing->count + 1, sizeof(struct row *));
	size_t count = 0;

	if (!sorted)
		return false;
	for (const struct row *row = listing->rows; row; row = row->next)
		sorted[count++] = row;
	if (count > 0)
		qsort(sorted, count, sizeof(struct row *), compare_rows);
	for (size_t i = 0; i < count; i++)
		print_row(listing, sorted[i]->text, sorted[i]->target, &sorted[i]->file);
	free(sorted);
	return true;
}

static void flush_rows(struct listing *listing)
{
	listing->failed = !print_sorted(listing) || listing->failed;
	while (listing->rows) {
		struct row *row = listing->rows;

		listing->rows = row->next;
		free(row);
	}
	listing->count = 0;
}

static bool keep_row(struct listing *listing, const struct pith_dir_entry *entry)
{
	size_t name_size = strlen(entry->path) + 1;
	size_t target_size = entry->target ? strlen(entry->target) + 1 : 0;
	struct row *row = malloc(sizeof(*row) + name_size + target_size);

	if (!row)
		return false;
	row->next = listing->rows;
	row->file = entry->file;
	memcpy(row->text, entry->path, name_size);
	row->target = entry->target ? row->text + name_size : NULL;
	if (entry->target)
		memcpy(row->text + name_size, entry->target, target_size);
	listing->rows = row;
	listing->count++;
	return true;
}

static int on_entry(void *user, const struct pith_dir_entry *entry)
{
	struct listing *listing = user;

	if (listing->files->settings->json) {
		cmd_print_json(entry->json);
	} else if (listing->unsorted) {
		print_row(listing, entry->path, entry->target, &entry->file);
	} else {
		listing->failed = !keep_row(listing, entry);
		if (listing->count == SORTED_MAX) {
			listing->unsorted = true;
			flush_rows(listing);
		}
	}
	/* A broken stdout ends the listing. */
	return listing->failed || ferror(stdout) ? 1 : 0;
}

static enum pith_code list_directory(struct files *files, const char *path, struct pith_error *err)
{
	struct listing listing = { .files = files };
	enum pith_code code = pith_dir_list(files->conn, &files->where, path, 1, on_entry, &listing, err);

	flush_rows(&listing);
	if (listing.failed)
		files_tell_local(files, path, "there is no memory left", 0);
	return code;
}

/* Lists a path that is not a directory as its own entry. */
static enum pith_code list_file(struct files *files, const char *path, const struct pith_file *file,
				struct pith_error *err)
{
	const struct listing listing = { .files = files };
	char target[PITH_PATH_SIZE] = "";
	enum pith_code code;

	if (files->settings->json) {
		cmd_print_json(pith_result_json(files->conn));
		return PITH_OK;
	}
	if (file->type == PITH_FILE_SYMLINK) {
		code = pith_readlink(files->conn, &files->where, path, target, err);
		if (code != PITH_OK)
			return code;
	}
	print_row(&listing, path, file->type == PITH_FILE_SYMLINK ? target : NULL, file);
	return PITH_OK;
}

static enum pith_code list_one(struct files *files, const char *path, struct pith_error *err)
{
	struct pith_file file;
	enum pith_code code = pith_file_stat(files->conn, &files->where, path, PITH_LINKS_FOLLOW, &file, err);

	if (code == PITH_OK && file.type == PITH_FILE_DIRECTORY)
		return list_directory(files, path, err);
	if (code != PITH_OK && code != PITH_GUEST_ERROR)
		return code;
	/* A symbolic link that is broken, or does not lead to a directory, is listed as a link. */
	code = pith_file_stat(files->conn, &files->where, path, PITH_LINKS_KEEP, &file, err);
	return code == PITH_OK ? list_file(files, path, &file, err) : code;
}

static enum pith_code list_headed(struct files *files, const char *path, struct pith_error *err)
{
	if (!files->settings->json) {
		files_print_name(path);
		puts(":");
	}
	return list_one(files, path, err);
}

int cmd_ls(const struct invocation *invocation)
{
	static char top[] = "/";
	char *nothing_given[] = { top, NULL };
	struct invocation with_path = *invocation;

	if (!invocation->arguments[0])
		with_path.arguments = nothing_given;
	return files_for_each(&with_path, true, with_path.arguments[1] ? list_headed : list_one);
}
