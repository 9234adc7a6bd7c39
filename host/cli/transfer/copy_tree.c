/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way of whole directories, both ways, as one archive. Never: follows a link in them. */
#include <errno.h>

#include "host/cli/transfer/copy.h"
#include "host/cli/transfer/pack.h"
#include "host/cli/transfer/unpack_local.h"

static enum pack_choice choose(void *user, const char *path, const struct stat *st)
{
	const struct copy *copy = user;

	(void)st;
	return tree_filter_wants(&copy->filter, path) ? PACK_TAKE : PACK_SKIP;
}

static bool wants(void *user, const char *path)
{
	const struct copy *copy = user;

	return tree_filter_wants(&copy->filter, path);
}

static void begin_file(void *user, const char *path)
{
	struct copy *copy = user;

	progress_name(&copy->progress, path);
}

static void count(void *user, size_t bytes)
{
	struct copy *copy = user;

	progress_add(&copy->progress, bytes);
}

static void fail(void *user, const char *path, const char *why, int error)
{
	struct copy *copy = user;

	if (error)
		copy_failed_here(copy, path, why, error == UNPACK_LOCAL_BROKEN ? 0 : error);
	else
		copy_left_out(copy, path, why);
}

/* So that the bytes are counted. */
struct counted {
	struct copy *copy;
	struct pack *pack;
};

static ssize_t read_counted(void *user, void *buf, size_t size)
{
	const struct counted *counted = user;
	ssize_t n = pack_read(counted->pack, buf, size);

	if (n > 0)
		progress_add(&counted->copy->progress, (uint64_t)n);
	return n;
}

void copy_tree_up(struct copy *copy, int dir_fd, const char *there, bool itself)
{
	const struct pack_hooks hooks = { .user = copy, .choose = choose, .begin = begin_file, .left_out = fail };
	static struct pack pack;
	struct counted counted = { copy, &pack };
	struct pith_import_options options = {
		.parents = true,
		.itself = itself,
		.input = { .kind = PITH_STREAM_CALLBACK, .read = read_counted, .user = &counted },
	};
	struct pith_tree_counts counts;
	struct pith_error err;

	if (!pack_init(&pack, dir_fd, &hooks)) {
		copy_failed_here(copy, there, "cannot read the directory", errno);
		return;
	}
	pack.itself = itself;
	pack.links = true;
	if (pith_tree_import(copy->files.conn, &copy->files.where, there, &options, &counts, &err) != PITH_OK)
		copy_refused(copy, there, &err);
	pack_deinit(&pack);
}

static void tell_counts(struct copy *copy, const char *there, const struct pith_tree_counts *counts)
{
	if (counts->skipped)
		copy_left_out(copy, there, "left out: what is neither a file, a directory nor a symbolic link, or is mounted in it");
	if (counts->changed)
		copy_left_out(copy, there, "files in it were written while they were read: their copies may be of two versions");
}

void copy_tree_down(struct copy *copy, const char *there, int dir_fd, bool itself)
{
	const struct unpack_local_hooks hooks = { .user = copy, .wants = wants, .begin = begin_file, .moved = count, .failed = fail };
	static struct unpack_local unload;
	struct pith_export_options options = {
		.exclude = copy->filter.exclude,
		.itself = itself,
		.output = { .kind = PITH_STREAM_CALLBACK, .write = unpack_local_write, .user = &unload },
	};
	struct pith_tree_counts counts;
	struct pith_error err;
	enum pith_code code;

	unpack_local_init(&unload, dir_fd, &hooks);
	unload.itself = itself;
	code = pith_tree_export(copy->files.conn, &copy->files.where, there, &options, &counts, &err);
	if (code == PITH_OK)
		tell_counts(copy, there, &counts);
	else if (unload.over)
		copy->over = true; /* it was told */
	else
		copy_refused(copy, there, &err);
	if (code == PITH_OK && !unload.over)
		unpack_local_finish(&unload);
	unpack_local_deinit(&unload);
}
