/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests that read a whole file inside the guest: copy and file_hash. Never: sends a file's bytes to the host. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/files/worker_main.h"
#include "agent/files/write_options.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/atomic_file.h"
#include "common/archive/path.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/sha256.h"

#define UNKNOWN_END INT64_MAX

/* Copies at most max bytes: their number, 0 at the end, -errno. *by_hand: the kernel cannot copy between these two file systems. */
static ssize_t copy_step(int from, int to, off_t at, size_t max, bool *by_hand)
{
	off_t from_at = at, to_at = at;
	ssize_t n;

	if (!*by_hand) {
		n = copy_file_range(from, &from_at, to, &to_at, max, 0);
		if (n >= 0)
			return n;
		if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
			return -errno;
		*by_hand = true;
	}
	n = io_read_at(from, worker_bytes, max < sizeof(worker_bytes) ? max : sizeof(worker_bytes), (uint64_t)at);
	if (n > 0) {
		int r = io_write_at(to, worker_bytes, (size_t)n, (uint64_t)at);

		n = r < 0 ? r : n;
	}
	return n;
}

/* Copies from *at to end, or to the end of the file. Checks after each LIMIT_COPY_STEP_BYTES whether the host still waits. */
static int copy_range(struct worker_self *w, int from, int to, off_t *at, off_t end)
{
	/* copy_file_range() believes the size 0 that files of /proc report, and copies nothing. */
	bool by_hand = end == UNKNOWN_END;

	while (*at < end) {
		off_t left = end - *at;
		ssize_t n = copy_step(from, to, *at, left < (off_t)LIMIT_COPY_STEP_BYTES ? (size_t)left : LIMIT_COPY_STEP_BYTES, &by_hand);

		if (n <= 0)
			return (int)n;
		*at += n;
		if (!worker_is_wanted(w))
			return -ECANCELED;
	}
	return 0;
}

/* Keeps the holes of the file. */
static int copy_data(struct worker_self *w, int from, int to, off_t size)
{
	off_t at = 0;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if (size == 0)
		return copy_range(w, from, to, &at, UNKNOWN_END);
	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA), hole;
		int r;

		if (data < 0 && errno == ENXIO)
			break;
		hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			hole = size;
		if (data >= 0)
			at = data;
		r = copy_range(w, from, to, &at, hole);
		if (r < 0)
			return r;
		/* A file of /sys has fewer bytes than the page that stat() reports; another file may have been truncated since. */
		if (at < hole)
			size = at;
	}
	return ftruncate(to, size) < 0 ? -errno : 0;
}

static void copy_to(struct worker_self *w, const struct request_copy *request, int from, const struct stat *st, struct atomic_file *t,
		    struct reply *reply)
{
	struct atomic_file_options wish = { .mode = st->st_mode & 0777, .mtime_us = ATOMIC_FILE_KEEP_TIME };
	char name[PATH_NAME_SIZE];
	struct stat after;
	int dir_fd, r;

	if (!write_options_fsync(request->f_fsync, &wish.fsync, reply))
		return;
	r = path_open_parent(w->root_fd, request->f_to, &dir_fd, name);
	if (r == 0)
		r = atomic_file_open(t, request->f_no_replace ? ATOMIC_FILE_CREATE_NEW : ATOMIC_FILE_REPLACE, dir_fd, name, NULL);
	if (r == 0)
		r = copy_data(w, from, t->fd, st->st_size);
	if (r == 0)
		r = atomic_file_finish(t, &wish);
	if (r == 0 && fstat(t->fd, &after) < 0)
		r = -errno;
	if (r < 0)
		reply_fail_path(reply, r, "to");
	else
		file_write_info(&after, reply->result);
}

enum handled handle_copy(struct worker_self *w, const struct request_copy *request, struct reply *reply)
{
	struct atomic_file t = ATOMIC_FILE_INIT;
	_cleanup_close_ int from = -1;
	struct stat st;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	from = path_open_regular(w->root_fd, request->f_path, O_RDONLY, &st);
	if (from < 0)
		reply_fail_path(reply, from, "path");
	else
		copy_to(w, request, from, &st, &t, reply);
	atomic_file_deinit(&t);
	return HANDLED_NOW;
}

static int hash_file(struct worker_self *w, int fd, char ret[SHA256_TEXT_SIZE], uint64_t *ret_bytes)
{
	struct sha256 sha;
	ssize_t n;

	*ret_bytes = 0;
	sha256_init(&sha);
	while ((n = io_read(fd, worker_bytes, sizeof(worker_bytes))) > 0) {
		sha256_add(&sha, worker_bytes, (size_t)n);
		*ret_bytes += (uint64_t)n;
		if (!worker_is_wanted(w))
			return -ECANCELED;
	}
	sha256_end(&sha, ret);
	return (int)n;
}

enum handled handle_file_hash(struct worker_self *w, const struct request_file_hash *request, struct reply *reply)
{
	char sha256[SHA256_TEXT_SIZE];
	_cleanup_close_ int fd = -1;
	uint64_t count;
	struct stat st;
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	fd = path_open_regular(w->root_fd, request->f_path, O_RDONLY, &st);
	r = fd < 0 ? fd : hash_file(w, fd, sha256, &count);
	if (r < 0) {
		reply_fail_path(reply, r, "path");
		return HANDLED_NOW;
	}
	jsonw_string(reply->result, "sha256", sha256);
	jsonw_count(reply->result, "hashed_bytes", count);
	file_write_info(&st, reply->result);
	return HANDLED_NOW;
}
