/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns tree_import: an upload, read as an archive, entry by entry, and what it leaves of the folder's other entries.
 *
 * Never: gives a file its name before all its bytes came; goes on behind something that the archive can not mean.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"
#include "jsonw.h"
#include "limits.h"
#include "path.h"
#include "tree.h"
#include "unpack.h"
#include "wish.h"
#include "work.h"

#define SHOWN_PATH 160	/* of a path in an error: the end of it */

struct import {
	struct work *work;
	const struct request_tree_import *request;
	struct reply *reply;
	struct tree_filter filter;
	struct unpack unpack;
	struct tree_names names;
	struct buf globals, records;		/* pax records: of the archive, of the next entry */
	struct tar_entry entry;
	char gnu_path[TAR_PATH_SIZE], gnu_link[TAR_PATH_SIZE];
	size_t at, len;				/* what is left of bytes */
	uint64_t consumed, entries, file_bytes, skipped, deleted;
};

static const char *shown(const char *path)
{
	size_t len = strlen(path);

	return len > SHOWN_PATH ? path + len - SHOWN_PATH : path;
}

static bool refuse(struct import *m, enum error_code code, const char *why)
{
	return reply_fail(m->reply, code, "entry %s: %s", shown(m->entry.path), why);
}

static bool fail_errno(struct import *m, int r)
{
	char what[SHOWN_PATH + 8] = "entry ";

	m->reply->error_number = -r;
	if (r == -ELOOP || r == -ENOTDIR)
		return refuse(m, ERROR_INVALID_ARGUMENT, "leads through what is no folder");
	if (r == -ENOTSUP)
		return refuse(m, ERROR_UNSUPPORTED, "the file system or what is there now does not allow it");
	strncat(what, shown(m->entry.path), SHOWN_PATH);
	return reply_fail_errno(m->reply, -r, what);
}

static bool fail_archive(struct import *m, const char *why)
{
	return reply_fail(m->reply, ERROR_INVALID_ARGUMENT, "the archive at byte %llu, after entry %s: %s",
			  (unsigned long long)m->consumed, shown(m->entry.path), why);
}

/* Some bytes, at most max; false: none, and the reply says why, or the connection is lost. */
static bool take_some(struct import *m, uint64_t max, const uint8_t **ret, size_t *ret_len)
{
	if (m->at == m->len) {
		ssize_t n = work_receive(m->work, work_bytes, sizeof(work_bytes));

		if (n == 0)
			fail_archive(m, "it ends before its end");
		if (n <= 0)
			return false;
		m->at = 0;
		m->len = (size_t)n;
	}
	*ret = work_bytes + m->at;
	*ret_len = m->len - m->at < max ? m->len - m->at : (size_t)max;
	m->at += *ret_len;
	m->consumed += *ret_len;
	return true;
}

static bool take(struct import *m, uint8_t *to, size_t len)
{
	while (len) {
		const uint8_t *from = NULL;
		size_t n = 0;

		if (!take_some(m, len, &from, &n))
			return false;
		memcpy(to, from, n);
		to += n;
		len -= n;
	}
	return true;
}

static bool drop(struct import *m, uint64_t len)
{
	const uint8_t *from = NULL;
	size_t n = 0;

	for (; len; len -= n)
		if (!take_some(m, len, &from, &n))
			return false;
	return true;
}

static bool take_records(struct import *m, uint64_t size, struct buf *to)
{
	uint8_t *at = size <= LIMIT_TAR_RECORDS_BYTES ? buf_reserve(to, (size_t)size) : NULL;

	if (size && !at)
		return fail_archive(m, "its pax records are too large");
	if (!take(m, at, (size_t)size))
		return false;
	buf_commit(to, (size_t)size);
	return drop(m, tar_padding(size));
}

/* GNU's long name: its bytes and, mostly, a NUL. */
static bool take_long(struct import *m, uint64_t size, char to[TAR_PATH_SIZE])
{
	if (size == 0 || size > TAR_PATH_SIZE)
		return fail_archive(m, "a name is too long");
	if (!take(m, (uint8_t *)to, (size_t)size))
		return false;
	if (memchr(to, '\0', (size_t)size) == NULL) {
		if (size == TAR_PATH_SIZE)
			return fail_archive(m, "a name is too long");
		to[size] = '\0';
	}
	return drop(m, tar_padding(size));
}

static bool apply_records(struct import *m, const struct buf *records)
{
	const uint8_t *at = records->data;
	enum tar_result result = TAR_ZERO;
	struct tar_record record;

	while (records->len && (result = tar_next_record(&at, records->data + records->len, &record)) == TAR_OK)
		if (!tar_apply(&m->entry, &record))
			return fail_archive(m, "a pax record says what can not be");
	return result == TAR_ZERO || fail_archive(m, "a pax record is broken");
}

static bool complete(struct import *m, const struct tar_entry *header)
{
	m->entry = *header;
	if (m->gnu_path[0])
		memcpy(m->entry.path, m->gnu_path, sizeof(m->gnu_path));
	if (m->gnu_link[0])
		memcpy(m->entry.link, m->gnu_link, sizeof(m->gnu_link));
	m->gnu_path[0] = m->gnu_link[0] = '\0';
	return apply_records(m, &m->globals) && apply_records(m, &m->records);
}

/* The header of the next entry, with all that stands before it. False with no failed reply: the archive's end. */
static bool next_entry(struct import *m)
{
	static struct tar_entry header;
	uint8_t block[TAR_BLOCK];

	m->records.len = 0;
	while (take(m, block, sizeof(block))) {
		bool ok;

		switch (tar_decode(block, &header)) {
		case TAR_ZERO:
			return false;
		case TAR_BAD:
			return fail_archive(m, "this is no header");
		case TAR_OK:
			break;
		}
		if (header.type == TAR_PAX)
			ok = take_records(m, header.size, &m->records);
		else if (header.type == TAR_PAX_GLOBAL)
			ok = take_records(m, header.size, &m->globals);
		else if (header.type == TAR_GNU_PATH)
			ok = take_long(m, header.size, m->gnu_path);
		else if (header.type == TAR_GNU_LINK)
			ok = take_long(m, header.size, m->gnu_link);
		else
			return complete(m, &header);
		if (!ok)
			return false;
	}
	return false;
}

static bool check_entry(struct import *m)
{
	struct tar_entry *e = &m->entry;
	bool is_node = e->type == TAR_CHAR || e->type == TAR_BLOCK_DEVICE || e->type == TAR_FIFO;
	char raw[TAR_PATH_SIZE];

	if (!is_node && (!strchr("0125", e->type) || e->sparse))
		return refuse(m, ERROR_UNSUPPORTED, e->sparse || e->type == 'S' ? "a sparse file" : "an entry of an unknown type");
	memcpy(raw, e->path, sizeof(raw));
	if (!tar_clean_path(e->path)) {
		memcpy(e->path, raw, sizeof(raw));
		return refuse(m, ERROR_INVALID_ARGUMENT, "its path is absolute, has .. in it, or too long a name");
	}
	if (!e->path[0] && e->type != TAR_DIR)
		return refuse(m, ERROR_INVALID_ARGUMENT, "it has no name");
	if (e->type != TAR_FILE && e->size)
		return refuse(m, ERROR_INVALID_ARGUMENT, "only a file may have bytes");
	if (e->type == TAR_LINK && (!tar_clean_path(e->link) || !e->link[0]))
		return refuse(m, ERROR_INVALID_ARGUMENT, "a link to what is not in the folder");
	if (e->type == TAR_SYMLINK && !e->link[0])
		return refuse(m, ERROR_INVALID_ARGUMENT, "a link to nothing");
	if (++m->entries > m->request->f_max_entries)
		return refuse(m, ERROR_RESOURCE_EXHAUSTED, "more entries than max_entries");
	if (e->size > m->request->f_max_bytes - m->file_bytes)
		return refuse(m, ERROR_RESOURCE_EXHAUSTED, "more bytes than max_bytes");
	return true;
}

static bool write_bytes(struct import *m, int fd)
{
	uint64_t left = m->entry.size;
	const uint8_t *from = NULL;
	size_t n = 0;

	while (left) {
		if (!take_some(m, left, &from, &n))
			return false;
		left -= n;
		while (n) {
			ssize_t done = io_write(fd, from, n);

			if (done < 0)
				return fail_errno(m, (int)done);
			from += done;
			n -= (size_t)done;
		}
	}
	return drop(m, tar_padding(m->entry.size));
}

static bool import_file(struct import *m)
{
	struct target t = TARGET_INIT;
	int r = unpack_file_begin(&m->unpack, &m->entry, &t);
	bool ok = r == 0 ? write_bytes(m, t.fd) : fail_errno(m, r);

	if (ok) {
		r = unpack_file_end(&m->unpack, &m->entry, &m->records, &t);
		m->file_bytes += m->entry.size;
		ok = r == 0 || fail_errno(m, r);
	}
	target_deinit(&t);
	return ok;
}

static bool import_entry(struct import *m)
{
	struct tar_entry *e = &m->entry;
	int r;

	/* The folder itself stays as it is. */
	if (!e->path[0])
		return true;
	if (!tree_wants(&m->filter, e->path)) {
		m->skipped++;
		return drop(m, e->size + tar_padding(e->size));
	}
	if (m->request->f_delete_extra && (r = tree_names_add(&m->names, e->path)) < 0)
		return fail_errno(m, r);
	if (e->type == TAR_FILE)
		return import_file(m);
	if (e->type != TAR_LINK && e->type != TAR_SYMLINK && e->type != TAR_DIR && !m->request->f_allow_devices)
		return refuse(m, ERROR_PERMISSION_DENIED, "a device or FIFO, and allow_devices is not set");
	r = e->type == TAR_DIR ? unpack_dir(&m->unpack, e, &m->records) : unpack_other(&m->unpack, e);
	return r == 0 || fail_errno(m, r);
}

static bool delete_extra(struct import *m)
{
	static struct tree_prune prune;
	int r;

	prune = (struct tree_prune){ .work = m->work, .filter = &m->filter, .names = &m->names };
	tree_names_sort(&m->names);
	r = tree_prune(&prune, m->unpack.dir_fd);
	m->deleted = prune.deleted;
	if (r < 0)
		memcpy(m->entry.path, prune.path, sizeof(prune.path));
	return r == 0 || fail_errno(m, r);
}

static bool import_all(struct import *m)
{
	int r;

	while (next_entry(m))
		if (!check_entry(m) || !import_entry(m))
			return false;
	if (m->reply->failed || m->work->lost)
		return false;
	/* The padding behind the end, up to that of the upload. */
	m->at = m->len;
	while ((r = (int)work_receive(m->work, work_bytes, sizeof(work_bytes))) > 0)
		;
	if (r < 0 || (m->request->f_delete_extra && !delete_extra(m)))
		return false;
	r = unpack_finish(&m->unpack);
	return r == 0 || reply_fail_errno(m->reply, -r, "a folder's attributes");
}

static int open_folder(const struct work *w, const struct request_tree_import *request)
{
	char name[PATH_NAME_SIZE];
	int parent = -1, r = path_open(w->root_fd, request->f_path, O_PATH | O_DIRECTORY, 0);

	if (r != -ENOENT || !request->f_parents)
		return r;
	r = path_make_parents(w->root_fd, request->f_path, WISH_DIR_MODE);
	if (r == 0)
		r = path_open_parent(w->root_fd, request->f_path, &parent, name);
	if (r < 0)
		return r;
	r = mkdirat(parent, name, WISH_DIR_MODE) < 0 && errno != EEXIST ? -errno : path_open_dir_at(parent, name, true);
	close(parent);
	return r;
}

static void import_tree(struct work *w, struct import *m)
{
	struct buf *b;

	m->unpack.dir_fd = open_folder(w, m->request);
	if (m->unpack.dir_fd < 0) {
		path_fail(m->reply, m->unpack.dir_fd, "path");
		return;
	}
	b = work_event_begin(w, "started");
	jsonw_count(b, "window_bytes", work_begin_upload(w));
	work_event_end(w);
	if (!import_all(m))
		return;
	b = m->reply->result;
	jsonw_count(b, "entries", m->entries);
	jsonw_count(b, "file_bytes", m->file_bytes);
	jsonw_count(b, "skipped", m->skipped);
	jsonw_count(b, "deleted", m->deleted);
}

enum handled handle_tree_import(struct work *w, const struct request_tree_import *request, struct reply *reply)
{
	static struct import m;
	struct target_wish wish = { 0 };

	m = (struct import){ .work = w, .request = request, .reply = reply, .filter = { &request->f_include, &request->f_exclude } };
	m.globals = m.records = BUF_INIT(LIMIT_TAR_RECORDS_BYTES);
	if (request->f_owner && request->f_keep_owner) {
		reply_fail_field(reply, "owner", "owner: not together with keep_owner");
		return HANDLED_NOW;
	}
	if (!work_enter(w, request->f_user, request->f_root, reply) || !wish_owner(request->f_owner, &wish, reply))
		return HANDLED_NOW;
	m.unpack = (struct unpack){ .dir_fd = -1, .keep_owner = request->f_keep_owner, .xattrs = request->f_xattrs,
				    .uid = wish.set_owner ? wish.uid : geteuid(), .gid = wish.set_owner ? wish.gid : getegid(),
				    .notes = BUF_INIT(LIMIT_TREE_NOTES_BYTES) };
	if (tree_names_init(&m.names, request->f_max_entries) < 0)
		reply_fail(reply, ERROR_INTERNAL, "no random numbers");
	else
		import_tree(w, &m);
	close_fd(&m.unpack.dir_fd);
	buf_deinit(&m.unpack.notes);
	buf_deinit(&m.names.hashes);
	buf_deinit(&m.globals);
	buf_deinit(&m.records);
	return HANDLED_NOW;
}
