/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the unpacking of an archive from the guest.
 *
 * Never: trusts the archive. The reader checks paths, unpack.h opens them below the directory, and only files, directories and
 * links are made.
 */
#include "host/cli/transfer/unpack_local.h"

#include <errno.h>
#include <string.h>

#include "common/io.h"

#define RECORDS_MAX (1u << 20)
#define NOTES_MAX (256u << 20) /* bytes for notes on directories: half a million directories with long names */

static void fail(struct unpack_local *unload, const char *why, int error)
{
	const char *path = unload->reader.entry.path;

	unload->hooks->failed(unload->hooks->user, path[0] ? path : ".", why, error);
}

/* True for errors that every later file would meet too, such as a full disk. */
static bool is_for_all(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EROFS || error == EIO || error == ENOMEM || error == ENOSYS;
}

static void fail_here(struct unpack_local *unload, const char *why, int r)
{
	fail(unload, why, -r);
	unload->over = unload->over || is_for_all(-r);
	if (unload->is_open)
		atomic_file_deinit(&unload->target);
	unload->is_open = false;
}

static void begin_entry(struct unpack_local *unload)
{
	const struct unpack_local_hooks *hooks = unload->hooks;
	struct tar_reader *reader = &unload->reader;
	const struct tar_entry *e = &reader->entry;
	int r = 0;

	if (e->path[0] ? !hooks->wants(hooks->user, e->path) : !unload->itself)
		return;
	switch (e->type) {
	case TAR_FILE:
		if (hooks->begin)
			hooks->begin(hooks->user, e->path);
		r = unpack_file_begin(&unload->unpack, e, &unload->target);
		unload->is_open = true;
		break;
	case TAR_DIR:
		r = unpack_dir(&unload->unpack, e, &reader->records);
		break;
	case TAR_LINK:
	case TAR_SYMLINK:
		r = unpack_other(&unload->unpack, e, &reader->records);
		break;
	default:
		fail(unload, "left out: neither a file, a directory nor a link", 0);
		return;
	}
	if (r == -ELOOP || r == -ENOTDIR)
		fail_here(unload, "it leads through what is no directory here", r);
	else if (r < 0)
		fail_here(unload, "cannot make it here", r);
}

static void take_bytes(struct unpack_local *unload)
{
	const struct tar_reader *reader = &unload->reader;
	int r = unload->is_open ? io_write_at(unload->target.fd, reader->bytes, reader->bytes_len, reader->bytes_offset) : 0;

	if (r < 0)
		fail_here(unload, "cannot write it", r);
}

static void end_entry(struct unpack_local *unload)
{
	const struct tar_reader *reader = &unload->reader;
	int r;

	if (!unload->is_open)
		return;
	r = unpack_file_end(&unload->unpack, &reader->entry, reader->file_size, &reader->records, &unload->target);
	if (r < 0)
		fail_here(unload, "cannot put the file in its place", r);
	else
		atomic_file_deinit(&unload->target);
	unload->is_open = false;
}

int unpack_local_write(void *user, const void *data, size_t size)
{
	struct unpack_local *unload = user;
	const uint8_t *at = data;

	unload->hooks->moved(unload->hooks->user, size);
	while (!unload->over) {
		switch (tar_reader_step(&unload->reader, &at, &size)) {
		case TAR_STEP_MORE:
		case TAR_STEP_END:
			return 0;
		case TAR_STEP_ENTRY:
			begin_entry(unload);
			break;
		case TAR_STEP_BYTES:
			take_bytes(unload);
			break;
		case TAR_STEP_ENTRY_END:
			end_entry(unload);
			break;
		case TAR_STEP_BROKEN:
			fail(unload, unload->reader.problem, UNPACK_LOCAL_BROKEN);
			unload->over = true;
			break;
		}
	}
	return -ECANCELED;
}

void unpack_local_finish(struct unpack_local *unload)
{
	int r = 0;

	if (!unload->over && !tar_reader_is_at_end(&unload->reader))
		fail(unload, "the archive ends before its end", UNPACK_LOCAL_BROKEN);
	unpack_unstage(&unload->unpack);
	r = unpack_finish(&unload->unpack);
	if (r < 0)
		fail(unload, "cannot set mode and time of a directory", -r);
}

void unpack_local_init(struct unpack_local *unload, int dir_fd, const struct unpack_local_hooks *hooks)
{
	memset(unload, 0, sizeof(*unload));
	unload->hooks = hooks;
	tar_reader_init(&unload->reader, RECORDS_MAX);
	unpack_init(&unload->unpack, NOTES_MAX);
	unload->unpack.dir_fd = dir_fd;
	unload->target = (struct atomic_file)ATOMIC_FILE_INIT;
}

void unpack_local_deinit(struct unpack_local *unload)
{
	if (unload->is_open)
		atomic_file_deinit(&unload->target);
	unpack_deinit(&unload->unpack);
	tar_reader_deinit(&unload->reader);
}
