/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the copy of differing entries: one archive to the guest, archives of BATCH_PATHS entries from it. Never: copies equal entries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/archive/path.h"
#include "host/cli/transfer/pack.h"
#include "host/cli/transfer/sync.h"
#include "host/cli/transfer/unpack_local.h"

/* Per request: its JSON has at most 256 KiB, and escapes and base64 make paths longer. */
#define BATCH_PATHS 4096u
#define BATCH_BYTES (40u << 10)

static void fail(void *user, const char *path, const char *why, int error)
{
	struct sync *sync = user;

	progress_wipe(&sync->progress);
	if (error)
		files_tell_local(&sync->files, path, why, error == UNPACK_LOCAL_BROKEN ? 0 : error);
	else
		files_tell_left_out(&sync->files, path, why);
}

static void refused(struct sync *sync, const struct pith_error *err)
{
	progress_wipe(&sync->progress);
	files_tell(&sync->files, sync->there, err);
	sync->over = true;
}

static void begin_file(void *user, const char *path)
{
	struct sync *sync = user;

	progress_name(&sync->progress, path);
}

static enum pack_choice choose(void *user, const char *path, const struct stat *st)
{
	const struct sync *sync = user;
	const struct sync_entry *entry = sync_list_find(&sync->from, path);

	/* An entry that is newer than the list is left for the next run. */
	if (!entry)
		return PACK_SKIP;
	if (entry->action == SYNC_COPY)
		return PACK_TAKE;
	return S_ISDIR(st->st_mode) ? PACK_ENTER : PACK_SKIP;
}

struct counted {
	struct sync *sync;
	struct pack *pack;
};

static ssize_t read_counted(void *user, void *buf, size_t size)
{
	const struct counted *counted = user;
	ssize_t n = pack_read(counted->pack, buf, size);

	if (n > 0)
		progress_add(&counted->sync->progress, (uint64_t)n);
	return n;
}

static bool has_work(const struct sync *sync)
{
	for (size_t i = 0; i < sync->from.count; i++) {
		if (sync->from.items[i].action == SYNC_COPY)
			return true;
	}
	return sync->from.touched;
}

void sync_copy_up(struct sync *sync)
{
	const struct pack_hooks hooks = { .user = sync, .choose = choose, .begin = begin_file, .left_out = fail };
	static struct pack pack;
	struct counted counted = { sync, &pack };
	struct pith_import_options options = {
		.parents = true,
		.itself = sync->from.touched,
		.input = { .kind = PITH_STREAM_CALLBACK, .read = read_counted, .user = &counted },
	};
	struct pith_tree_counts counts;
	struct pith_error err;
	int fd;

	if (!has_work(sync))
		return;
	fd = path_open_dir_at(sync->dir_fd, ".", true);
	if (fd < 0 || !pack_init(&pack, fd, &hooks)) {
		fail(sync, sync->here, "cannot read the directory", fd < 0 ? -fd : errno);
		return;
	}
	pack.itself = options.itself;
	progress_begin(&sync->progress, sync->here, 0);
	if (pith_tree_import(sync->files.conn, &sync->files.where, sync->there, &options, &counts, &err) != PITH_OK)
		refused(sync, &err);
	pack_deinit(&pack);
}

/* Entries that were not requested are left out. */
static bool wants(void *user, const char *path)
{
	const struct sync *sync = user;
	const struct sync_entry *entry = sync_list_find(&sync->from, path);

	return entry && entry->action == SYNC_COPY;
}

static void count(void *user, size_t bytes)
{
	struct sync *sync = user;

	progress_add(&sync->progress, bytes);
}

static void fetch(struct sync *sync, const char *const *paths, bool itself)
{
	const struct unpack_local_hooks hooks = { .user = sync, .wants = wants, .begin = begin_file, .moved = count, .failed = fail };
	static struct unpack_local unload;
	struct pith_export_options options = {
		.paths = paths,
		.itself = itself,
		.output = { .kind = PITH_STREAM_CALLBACK, .write = unpack_local_write, .user = &unload },
	};
	struct pith_tree_counts counts;
	struct pith_error err;
	enum pith_code code;
	int fd = path_open_dir_at(sync->dir_fd, ".", true);

	if (fd < 0) {
		fail(sync, sync->here, "cannot open the directory", -fd);
		sync->over = true;
		return;
	}
	unpack_local_init(&unload, fd, &hooks);
	unload.itself = itself;
	code = pith_tree_export(sync->files.conn, &sync->files.where, sync->there, &options, &counts, &err);
	if (code == PITH_OK && !unload.over)
		unpack_local_finish(&unload);
	else if (!unload.over)
		refused(sync, &err);
	if (code == PITH_OK && counts.changed)
		fail(sync, sync->there, "files in the directory were written while they were read: start again", 0);
	sync->over = sync->over || unload.over;
	unpack_local_deinit(&unload);
}

struct batch {
	struct sync *sync;
	const char **paths; /* BATCH_PATHS and a NULL */
	size_t count, bytes;
};

static void flush_batch(struct batch *batch)
{
	batch->paths[batch->count] = NULL;
	if (batch->count && !batch->sync->over)
		fetch(batch->sync, batch->paths, false);
	batch->count = batch->bytes = 0;
}

static void add_to_batch(struct batch *batch, const struct sync_entry *entry)
{
	size_t len = strlen(entry->path) + 4;

	if (batch->count == BATCH_PATHS || batch->bytes + len > BATCH_BYTES)
		flush_batch(batch);
	batch->paths[batch->count++] = entry->path;
	batch->bytes += len;
}

/* A directory comes after its entries, because a new entry changes the directory's time. */
void sync_copy_down(struct sync *sync)
{
	static const char *const nothing[] = { NULL };
	struct batch batch = { .sync = sync, .paths = calloc(BATCH_PATHS + 1, sizeof(*batch.paths)) };

	if (!batch.paths) {
		fail(sync, sync->here, "there is no memory left", ENOMEM);
		sync->over = true;
		return;
	}
	progress_begin(&sync->progress, sync->there, 0);
	for (size_t i = 0; i < sync->from.count; i++) {
		if (sync->from.items[i].action == SYNC_COPY && sync->from.items[i].type != PITH_FILE_DIRECTORY)
			add_to_batch(&batch, &sync->from.items[i]);
	}
	flush_batch(&batch);
	for (size_t i = sync->from.count; i-- > 0;) {
		if (sync->from.items[i].action == SYNC_COPY && sync->from.items[i].type == PITH_FILE_DIRECTORY)
			add_to_batch(&batch, &sync->from.items[i]);
	}
	flush_batch(&batch);
	if (sync->from.touched && !sync->over)
		fetch(sync, nothing, true);
	free(batch.paths);
}
