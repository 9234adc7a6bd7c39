/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns tree_import: an upload is read as an archive, entry by entry, and the directory's other entries are kept or deleted.
 *
 * Never: gives a file its name before all its bytes came; goes on after an entry that no valid archive has.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/files/tree.h"
#include "agent/files/tree_changes.h"
#include "agent/files/worker_main.h"
#include "agent/files/write_options.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/archive/tar_reader.h"
#include "common/archive/unpack.h"
#include "common/cleanup.h"
#include "common/io.h"

#define SHOWN_PATH 160	/* bytes of a path in an error: its end */

struct import {
	struct worker_self *work;
	const struct request_tree_import *request;
	struct reply *reply;
	struct tree_filter filter;
	struct unpack unpack;
	struct tree_names names;
	struct tar_reader reader;
	struct atomic_file target;			/* of the current file */
	bool is_open, is_skipped;		/* target is open; the current entry is skipped */
	uint64_t entries, stored_bytes, file_bytes, skipped, deleted;
};

static const char *shown(const char *path)
{
	size_t len = strlen(path);

	return len > SHOWN_PATH ? path + len - SHOWN_PATH : path;
}

static bool refuse(struct import *m, enum error_code code, const char *why)
{
	return reply_fail(m->reply, code, "entry %s: %s", shown(m->reader.entry.path), why);
}

static bool fail_errno(struct import *m, int r)
{
	char what[SHOWN_PATH + 8] = "entry ";

	m->reply->error_number = -r;
	if (r == -ELOOP || r == -ENOTDIR)
		return refuse(m, ERROR_INVALID_ARGUMENT, "its path leads through a file that is no directory");
	if (r == -ENOTSUP)
		return refuse(m, ERROR_UNSUPPORTED, "the file system, or the file that has this path now, does not allow this entry");
	strncat(what, shown(m->reader.entry.path), SHOWN_PATH);
	return reply_fail_errno(m->reply, -r, what);
}

static bool fail_archive(struct import *m, const char *why)
{
	return reply_fail(m->reply, ERROR_INVALID_ARGUMENT, "the archive at byte %llu, after entry %s: %s",
			  (unsigned long long)m->reader.consumed, shown(m->reader.entry.path), why);
}

static bool fail_broken(struct import *m)
{
	const struct tar_reader *r = &m->reader;

	if (!r->is_of_entry)
		return fail_archive(m, r->problem);
	return refuse(m, r->is_unsupported ? ERROR_UNSUPPORTED : ERROR_INVALID_ARGUMENT, r->problem);
}

static bool begin_file(struct import *m)
{
	int r = unpack_file_begin(&m->unpack, &m->reader.entry, &m->target);

	m->is_open = true;
	return r == 0 || fail_errno(m, r);
}

static bool begin_entry(struct import *m)
{
	const struct tar_entry *e = &m->reader.entry;
	int r;

	if (++m->entries > m->request->f_max_entries)
		return refuse(m, ERROR_RESOURCE_EXHAUSTED, "more entries than max_entries");
	if (e->size > m->request->f_max_bytes - m->stored_bytes)
		return refuse(m, ERROR_RESOURCE_EXHAUSTED, "more bytes than max_bytes");
	m->stored_bytes += e->size;
	m->is_skipped = e->path[0] && !tree_filter_wants(&m->filter, e->path);
	m->skipped += m->is_skipped;
	if (m->request->f_whiteouts && !m->is_skipped && e->path[0]) {
		r = tree_changes_apply(m->work, &m->unpack, e->path, &m->deleted);
		m->is_skipped = r > 0;
		if (r)
			unpack_forget_parent(&m->unpack);
		if (r < 0)
			return fail_errno(m, r);
	}
	/* The directory's own attributes are set only with request->f_itself. */
	if (m->is_skipped || (!e->path[0] && !m->request->f_itself))
		return true;
	if (e->path[0] && m->request->f_delete_extra && (r = tree_names_add(&m->names, e->path)) < 0)
		return fail_errno(m, r);
	if (e->type == TAR_FILE)
		return begin_file(m);
	if (e->type != TAR_LINK && e->type != TAR_SYMLINK && e->type != TAR_DIR && !m->request->f_allow_devices)
		return refuse(m, ERROR_PERMISSION_DENIED, "a device or FIFO, without allow_devices");
	r = e->type == TAR_DIR ? unpack_dir(&m->unpack, e, &m->reader.records) : unpack_other(&m->unpack, e, &m->reader.records);
	return r == 0 || fail_errno(m, r);
}

static bool write_bytes(struct import *m)
{
	const struct tar_reader *r = &m->reader;
	int error = m->is_open ? io_write_at(m->target.fd, r->bytes, r->bytes_len, r->bytes_offset) : 0;

	return error == 0 || fail_errno(m, error);
}

static bool end_entry(struct import *m)
{
	int r;

	if (!m->is_open)
		return true;
	r = unpack_file_end(&m->unpack, &m->reader.entry, m->reader.file_size, &m->reader.records, &m->target);
	m->file_bytes += m->reader.file_size;
	atomic_file_deinit(&m->target);
	m->is_open = false;
	return r == 0 || fail_errno(m, r);
}

/* Handles all entries in these bytes. False: the archive has ended or failed. */
static bool take_bytes(struct import *m, const uint8_t *at, size_t len)
{
	bool ok = true;

	while (ok) {
		switch (tar_reader_step(&m->reader, &at, &len)) {
		case TAR_STEP_MORE:
			return true;
		case TAR_STEP_ENTRY:
			ok = begin_entry(m);
			break;
		case TAR_STEP_BYTES:
			ok = write_bytes(m);
			break;
		case TAR_STEP_ENTRY_END:
			ok = end_entry(m);
			break;
		case TAR_STEP_END:
			return false;
		case TAR_STEP_BROKEN:
			return fail_broken(m);
		}
	}
	return false;
}

static bool delete_extra(struct import *m)
{
	static struct tree_prune prune;
	int r;

	prune = (struct tree_prune){ .work = m->work, .filter = &m->filter, .names = &m->names };
	tree_names_sort(&m->names);
	r = tree_prune(&prune, m->unpack.dir_fd);
	m->deleted += prune.deleted;
	if (r < 0)
		memcpy(m->reader.entry.path, prune.path, sizeof(prune.path));
	return r == 0 || fail_errno(m, r);
}

static bool import_all(struct import *m)
{
	ssize_t n;
	int r;

	do {
		n = worker_receive(m->work, worker_bytes, sizeof(worker_bytes));
	} while (n > 0 && take_bytes(m, worker_bytes, (size_t)n));
	if (m->reply->failed || n < 0)
		return false;
	if (!tar_reader_is_at_end(&m->reader))
		return fail_archive(m, "the upload ended before the archive");
	/* Padding after the end of the archive, up to the end of the upload. */
	while (n > 0)
		n = worker_receive(m->work, worker_bytes, sizeof(worker_bytes));
	if (n < 0)
		return false;
	unpack_unstage(&m->unpack);
	if (m->request->f_delete_extra && !delete_extra(m))
		return false;
	r = unpack_finish(&m->unpack);
	return r == 0 || reply_fail_errno(m->reply, -r, "a directory's attributes");
}

static int open_directory(const struct worker_self *w, const struct request_tree_import *request)
{
	char name[PATH_NAME_SIZE];
	int parent = -1, r = path_open(w->root_fd, request->f_path, O_PATH | O_DIRECTORY, 0);

	if (r != -ENOENT || !request->f_parents)
		return r;
	r = path_make_parents(w->root_fd, request->f_path, WRITE_OPTIONS_DIR_MODE);
	if (r == 0)
		r = path_open_parent(w->root_fd, request->f_path, &parent, name);
	if (r < 0)
		return r;
	r = mkdirat(parent, name, WRITE_OPTIONS_DIR_MODE) < 0 && errno != EEXIST ? -errno : path_open_dir_at(parent, name, true);
	close(parent);
	return r;
}

static void import_tree(struct worker_self *w, struct import *m)
{
	struct buf *b;

	m->unpack.dir_fd = open_directory(w, m->request);
	if (m->unpack.dir_fd < 0) {
		reply_fail_path(m->reply, m->unpack.dir_fd, "path");
		return;
	}
	b = worker_event_begin(w, "started");
	jsonw_count(b, "window_bytes", worker_begin_upload(w));
	worker_event_end(w);
	if (!import_all(m))
		return;
	b = m->reply->result;
	jsonw_count(b, "entries", m->entries);
	jsonw_count(b, "file_bytes", m->file_bytes);
	jsonw_count(b, "skipped", m->skipped);
	jsonw_count(b, "deleted", m->deleted);
}

enum handled handle_tree_import(struct worker_self *w, const struct request_tree_import *request, struct reply *reply)
{
	static struct import m;
	struct atomic_file_options wish = { 0 };

	m = (struct import){ .work = w, .request = request, .reply = reply,
			     .filter = { request->f_include.item, request->f_exclude.item }, .target = ATOMIC_FILE_INIT };
	tar_reader_init(&m.reader, LIMIT_TAR_RECORDS_BYTES);
	if (request->f_owner && request->f_keep_owner) {
		reply_fail_field(reply, "owner", "owner: not together with keep_owner");
		return HANDLED_NOW;
	}
	if (!worker_enter(w, request->f_user, request->f_root, reply) || !write_options_owner(request->f_owner, &wish, reply))
		return HANDLED_NOW;
	unpack_init(&m.unpack, LIMIT_TREE_NOTES_BYTES);
	m.unpack.keep_owner = request->f_keep_owner;
	m.unpack.xattrs = request->f_xattrs;
	if (wish.set_owner) {
		m.unpack.uid = wish.uid;
		m.unpack.gid = wish.gid;
	}
	if (tree_names_init(&m.names, request->f_max_entries) < 0)
		reply_fail(reply, ERROR_INTERNAL, "no random numbers");
	else
		import_tree(w, &m);
	atomic_file_deinit(&m.target);
	unpack_deinit(&m.unpack);
	buf_deinit(&m.names.hashes);
	tar_reader_deinit(&m.reader);
	return HANDLED_NOW;
}
