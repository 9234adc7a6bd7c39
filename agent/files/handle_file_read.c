/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the requests that only read: file_stat, file_read, file_readlink.
 *
 * Bytes go from the page cache to the socket through a pipe, so that the header of a D frame has the number of bytes
 * that were read: the reply for a file that shrinks meanwhile ends early, and is never padded.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/files/worker_main.h"
#include "agent/files/xattrs.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/cleanup.h"
#include "common/io.h"

/* Up to this size a copy costs less than a pipe, and the whole reply goes out in one write. */
#define COPY_BYTES (16u << 10)

struct source {
	int fd;
	uint64_t offset, left;
	int pipe[2];		/* -1: not splicing */
};

enum handled handle_file_stat(struct worker_self *w, const struct request_file_stat *request, struct reply *reply)
{
	_cleanup_close_ int fd = -1, dir_fd = -1;
	struct xattrs_of of;
	struct stat st;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	fd = path_open(w->root_fd, request->f_path, O_PATH | (request->f_follow ? 0 : O_NOFOLLOW), 0);
	if (fd < 0)
		reply_fail_path(reply, fd, "path");
	else if (fstat(fd, &st) < 0)
		reply_fail_path(reply, -errno, "path");
	else
		file_write_info(&st, reply->result);
	if (!reply->failed && request->f_xattrs) {
		int r = xattrs_of_request(&of, w->root_fd, request->f_path, fd, &dir_fd);

		if (r == 0)
			r = xattrs_write(reply->result, &of);
		if (r < 0)
			reply_fail_path(reply, r, "path");
	}
	return HANDLED_NOW;
}

enum handled handle_readlink(struct worker_self *w, const struct request_readlink *request, struct reply *reply)
{
	_cleanup_close_ int fd = -1;
	char target[PATH_MAX];
	ssize_t n;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	fd = path_open(w->root_fd, request->f_path, O_PATH | O_NOFOLLOW, 0);
	n = fd < 0 ? fd : readlinkat(fd, "", target, sizeof(target) - 1);
	if (fd < 0) {
		reply_fail_path(reply, fd, "path");
	} else if (n < 0) {
		/* ENOENT: path is no symbolic link. */
		reply_fail_path(reply, errno == ENOENT ? -EINVAL : -errno, "path");
	} else {
		target[n] = '\0';
		file_write_name(reply->result, "target", target);
	}
	return HANDLED_NOW;
}

/* Sends one D frame by splice(2): the number of bytes, 0 at the end of the file, or -errno. */
static ssize_t send_spliced(struct worker_self *w, struct source *from)
{
	size_t want = from->left < LIMIT_DATA_BYTES ? (size_t)from->left : LIMIT_DATA_BYTES;
	loff_t offset = (loff_t)from->offset;
	ssize_t n = splice(from->fd, &offset, from->pipe[1], NULL, want, SPLICE_F_MOVE);
	int r;

	if (n <= 0)
		return n < 0 ? -errno : 0;
	r = worker_conn_splice_data(&w->conn, FRAME_STDOUT, from->pipe[0], (size_t)n);
	if (r < 0)
		worker_lose(w, r);
	return n;
}

static ssize_t send_copied(struct worker_self *w, const struct source *from)
{
	size_t want = from->left < sizeof(worker_bytes) ? (size_t)from->left : sizeof(worker_bytes);
	ssize_t n = io_read_at(from->fd, worker_bytes, want, from->offset);
	int r = 0;

	if (n <= 0)
		return n;
	if ((size_t)n <= COPY_BYTES && w->conn.out.len < LIMIT_DATA_BYTES)
		worker_conn_queue(&w->conn, FRAME_DATA, FRAME_STDOUT, worker_bytes, (size_t)n);
	else
		r = worker_conn_send_data(&w->conn, FRAME_STDOUT, worker_bytes, (size_t)n);
	if (r < 0)
		worker_lose(w, r);
	return n;
}

static void close_pipe(struct source *from)
{
	close_fd(&from->pipe[0]);
	close_fd(&from->pipe[1]);
}

/* Sends all bytes of the request. 0, or -errno of reading; a lost connection is noted in w. */
static int send_all(struct worker_self *w, struct source *from, uint64_t *ret_sent)
{
	uint64_t sent = 0;
	ssize_t n = 1;

	while (from->left && n > 0 && !w->lost) {
		if (from->left > COPY_BYTES && from->pipe[0] < 0 && sent == 0 && pipe2(from->pipe, O_CLOEXEC) == 0)
			fcntl(from->pipe[1], F_SETPIPE_SZ, LIMIT_DATA_BYTES);
		n = from->pipe[0] >= 0 ? send_spliced(w, from) : send_copied(w, from);
		/* EINVAL: this file system cannot splice, as /proc. */
		if (n == -EINVAL && from->pipe[0] >= 0) {
			close_pipe(from);
			n = send_copied(w, from);
		}
		if (n > 0) {
			from->offset += (uint64_t)n;
			from->left -= (uint64_t)n;
			sent += (uint64_t)n;
		}
	}
	*ret_sent = sent;
	return n < 0 ? (int)n : 0;
}

/* The number of bytes to send. Files of /proc report the size 0 and are not empty. */
static uint64_t wanted(const struct request_file_read *request, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size, there;

	if (st->st_size == 0)
		there = MAX_EXACT;
	else
		there = request->f_offset_bytes < size ? size - request->f_offset_bytes : 0;
	return request->f_length_bytes < there ? request->f_length_bytes : there;
}

static void send_file(struct worker_self *w, const struct request_file_read *request, int fd, const struct stat *st, struct reply *reply)
{
	struct source from = { .fd = fd, .offset = request->f_offset_bytes, .left = wanted(request, st), .pipe = { -1, -1 } };
	struct buf *b = worker_event_begin(w, "started");
	struct stat after = *st;
	uint64_t sent;
	int r;

	file_write_info(st, b);
	worker_event_end(w);
	r = send_all(w, &from, &sent);
	close_pipe(&from);
	if (r < 0) {
		reply_fail_path(reply, r, "path");
		return;
	}
	worker_conn_queue(&w->conn, FRAME_END, FRAME_STDOUT, NULL, 0);
	fstat(fd, &after);
	jsonw_bool(reply->result, "changed", true);
	jsonw_count(reply->result, "sent_bytes", sent);
	jsonw_bool(reply->result, "stable", after.st_size == st->st_size && after.st_mtim.tv_sec == st->st_mtim.tv_sec &&
		   after.st_mtim.tv_nsec == st->st_mtim.tv_nsec);
	file_write_info(&after, reply->result);
}

enum handled handle_file_read(struct worker_self *w, const struct request_file_read *request, struct reply *reply)
{
	_cleanup_close_ int fd = -1;
	char version[VERSION_SIZE];
	struct stat st;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	fd = path_open_regular(w->root_fd, request->f_path, O_RDONLY, &st);
	if (fd < 0) {
		reply_fail_path(reply, fd, "path");
		return HANDLED_NOW;
	}
	file_version(&st, version);
	if (request->f_if_changed_since && strcmp(request->f_if_changed_since, version) == 0) {
		jsonw_bool(reply->result, "changed", false);
		file_write_info(&st, reply->result);
		return HANDLED_NOW;
	}
	send_file(w, request, fd, &st, reply);
	return HANDLED_NOW;
}
