/* SPDX-License-Identifier: Apache-2.0 */
/* Owns file_write: an upload becomes a file. Never: gives a file its name before the end of the upload. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/files/worker_main.h"
#include "agent/files/write_options.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/atomic_file.h"
#include "common/archive/path.h"
#include "common/cleanup.h"
#include "common/io.h"

static const char *const kind_names[] = {
	[ATOMIC_FILE_REPLACE] = "replace",
	[ATOMIC_FILE_CREATE_NEW] = "create_new",
	[ATOMIC_FILE_APPEND] = "append",
	[ATOMIC_FILE_AT] = "at",
};

struct plan {
	enum atomic_file_kind kind;
	struct atomic_file_options wish;
};

static bool parse_kind(const char *how, enum atomic_file_kind *ret, struct reply *reply)
{
	*ret = ATOMIC_FILE_REPLACE;
	for (size_t i = 0; how && i < ARRAY_SIZE(kind_names); i++)
		if (strcmp(how, kind_names[i]) == 0) {
			*ret = (enum atomic_file_kind)i;
			return true;
		}
	return !how || reply_fail_field(reply, "how", "how: must be replace, create_new, append or at");
}

static bool make_plan(const struct request_file_write *request, struct plan *plan, struct reply *reply)
{
	bool whole;

	if (!parse_kind(request->f_how, &plan->kind, reply))
		return false;
	whole = plan->kind == ATOMIC_FILE_REPLACE || plan->kind == ATOMIC_FILE_CREATE_NEW;
	if (plan->kind == ATOMIC_FILE_AT && request->f_offset_bytes == NOT_GIVEN)
		return reply_fail_field(reply, "offset_bytes", "offset_bytes: needed with how=at");
	if (plan->kind != ATOMIC_FILE_AT && !request->f_partial && request->f_offset_bytes != NOT_GIVEN)
		return reply_fail_field(reply, "offset_bytes", "offset_bytes: only with how=at or partial");
	if (request->f_partial && !whole)
		return reply_fail_field(reply, "partial", "partial: only with how=replace or create_new");
	if (request->f_partial && strspn(request->f_partial, WRITE_OPTIONS_ID_LETTERS) != strlen(request->f_partial))
		return reply_fail_field(reply, "partial", "partial: only A-Z a-z 0-9 _ -");
	if (request->f_if_unchanged_since && plan->kind != ATOMIC_FILE_REPLACE)
		return reply_fail_field(reply, "if_unchanged_since", "if_unchanged_since: only with how=replace");
	plan->wish.mode = request->f_mode == NOT_GIVEN ? ATOMIC_FILE_KEEP_MODE : request->f_mode;
	plan->wish.mtime_us = request->f_mtime_us == NO_TIME ? ATOMIC_FILE_KEEP_TIME : request->f_mtime_us;
	return write_options_fsync(request->f_fsync, &plan->wish.fsync, reply);
}

static bool open_target(struct worker_self *w, const struct request_file_write *request, const struct plan *plan, struct atomic_file *t,
			struct reply *reply)
{
	char name[PATH_NAME_SIZE];
	int dir_fd, r = 0;

	if (request->f_parents)
		r = path_make_parents(w->root_fd, request->f_path, WRITE_OPTIONS_DIR_MODE);
	if (r == 0)
		r = path_open_parent(w->root_fd, request->f_path, &dir_fd, name);
	if (r == 0)
		r = atomic_file_open(t, plan->kind, dir_fd, name, request->f_partial);
	if (r == -EBUSY)
		return reply_fail(reply, ERROR_BUSY, "partial: another connection writes this file");
	return r == 0 || reply_fail_path(reply, r, "path");
}

static bool fail_conflict(struct reply *reply)
{
	reply->field = "path";
	return reply_fail(reply, ERROR_CONFLICT, "path: the file no longer has the version of if_unchanged_since");
}

/* Called before the upload, so that a host need not send a file in vain; atomic_file checks once more at the rename. */
static bool expect_old(const struct request_file_write *request, struct atomic_file *t, struct reply *reply)
{
	char version[VERSION_SIZE];

	if (!request->f_if_unchanged_since)
		return true;
	file_version(&t->old, version);
	t->must_be_old = true;
	return (t->replaces && strcmp(version, request->f_if_unchanged_since) == 0) || fail_conflict(reply);
}

/* Sets the position at which writing begins, and truncates a partial file there. */
static bool seek_target(struct atomic_file *t, const struct request_file_write *request, uint64_t *ret, struct reply *reply)
{
	uint64_t asked = request->f_offset_bytes;
	off_t at = t->is_partial ? lseek(t->fd, 0, SEEK_CUR) : 0;

	if (at >= 0 && asked != NOT_GIVEN) {
		if (t->is_partial && asked > (uint64_t)at)
			return reply_fail_field(reply, "offset_bytes", "offset_bytes: the partial file has only %lld bytes", (long long)at);
		if (t->is_partial && ftruncate(t->fd, (off_t)asked) < 0)
			return reply_fail_path(reply, -errno, "path");
		at = lseek(t->fd, (off_t)asked, SEEK_SET);
	}
	*ret = at < 0 ? 0 : (uint64_t)at;
	return at >= 0 || reply_fail_path(reply, -errno, "path");
}

/* Fills the buffer: writes of whole pages cost a third less than pieces as they come. Less only at the end of the upload. -errno: lost. */
static ssize_t fill(struct worker_self *w, uint8_t *to, size_t size)
{
	size_t had = 0;

	while (had < size) {
		ssize_t n = worker_receive(w, to + had, size - had);

		/* Received bytes are written before the failure is reported: a partial file keeps all of them. */
		if (n <= 0 && had)
			break;
		if (n <= 0)
			return n;
		had += (size_t)n;
	}
	return (ssize_t)had;
}

/* False: the upload did not end; *reply has the reason, or the connection is lost. */
static bool upload(struct worker_self *w, const struct atomic_file *t, uint64_t *ret_written, struct reply *reply)
{
	ssize_t n;

	while ((n = fill(w, worker_bytes, sizeof(worker_bytes))) > 0) {
		int r = io_write_all(t->fd, worker_bytes, (size_t)n);

		if (r < 0)
			return reply_fail_errno(reply, -r, "the file cannot be written");
		*ret_written += (uint64_t)n;
	}
	return n == 0;
}

static void write_file(struct worker_self *w, const struct request_file_write *request, const struct plan *plan, struct atomic_file *t,
		       struct reply *reply)
{
	uint64_t offset = 0, written = 0;
	struct stat st;
	struct buf *b;
	int r;

	if (!open_target(w, request, plan, t, reply) || !expect_old(request, t, reply) || !seek_target(t, request, &offset, reply))
		return;
	b = worker_event_begin(w, "started");
	jsonw_count(b, "offset_bytes", offset);
	jsonw_count(b, "window_bytes", worker_begin_upload(w));
	worker_event_end(w);
	if (!upload(w, t, &written, reply))
		return;
	r = atomic_file_finish(t, &plan->wish);
	if (r == 0 && fstat(t->fd, &st) < 0)
		r = -errno;
	if (r == -ESTALE && t->must_be_old) {
		fail_conflict(reply);
		return;
	}
	if (r == -EBUSY && t->must_be_old) {
		reply_fail(reply, ERROR_BUSY, "path: another process holds a lock on the directory");
		return;
	}
	if (r < 0) {
		reply_fail_path(reply, r, "path");
		return;
	}
	jsonw_count(reply->result, "written_bytes", written);
	file_write_info(&st, reply->result);
}

enum handled handle_file_write(struct worker_self *w, const struct request_file_write *request, struct reply *reply)
{
	struct atomic_file t = ATOMIC_FILE_INIT;
	struct plan plan = { 0 };

	if (!make_plan(request, &plan, reply) || !worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	if (write_options_owner(request->f_owner, &plan.wish, reply))
		write_file(w, request, &plan, &t, reply);
	atomic_file_deinit(&t);
	return HANDLED_NOW;
}
