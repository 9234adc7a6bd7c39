/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way of files from the guest to here.
 *
 * Never: believes the guest where to write: the name is the caller's, and it is made in a directory that is an fd. Set-user-ID and the
 * like stay behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive/atomic_file.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "host/cli/transfer/copy.h"

struct output {
	struct copy *copy;
	int fd;
	const struct pith_file *wanted; /* its state when it was looked at */
	bool is_another; /* it is not that any more */
};

static int write_output(void *user, const void *data, size_t size)
{
	struct output *output = user;
	const char *p = data;

	progress_add(&output->copy->progress, size);
	while (size > 0) {
		ssize_t n = io_write(output->fd, p, size);

		if (n < 0)
			return (int)n;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/* What came before, in this run or in another one, must be of the same version. */
static int on_started(void *user, const struct pith_file *file)
{
	struct output *output = user;

	output->is_another = lseek(output->fd, 0, SEEK_CUR) > 0 && strcmp(file->version, output->wanted->version) != 0;
	return output->is_another ? -ESTALE : 0;
}

/* Behind what is there already; a connection that is lost on the way is dialed again. */
static enum pith_code fetch(struct copy *copy, const char *there, struct output *output, bool may_go_on,
			    struct pith_read_result *ret, struct pith_error *err)
{
	struct pith_read_options options = {
		.output = { .kind = PITH_STREAM_CALLBACK, .write = write_output, .user = output },
		.started = on_started,
		.user = output,
	};
	int64_t until = 0;
	enum pith_code code;
	off_t at;

	do {
		at = lseek(output->fd, 0, SEEK_CUR);
		options.offset_bytes = at > 0 ? (uint64_t)at : 0;
		code = pith_file_read(copy->files.conn, &copy->files.where, there, &options, ret, err);
	} while (code != PITH_OK && may_go_on && copy_dial_again(copy, err, &until));
	return code;
}

static bool begin_target(struct copy *copy, const char *there, const struct pith_file *file, int dir_fd, const char *name,
			 struct atomic_file *target)
{
	bool in_parts = file->size_bytes >= COPY_PARTIAL_MIN_BYTES;
	char partial[COPY_PARTIAL_SIZE];
	int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3), r = fd < 0 ? -errno : 0;
	off_t at = 0;

	copy_name_partial(file->version, there, partial);
	if (r == 0)
		r = atomic_file_open(target, ATOMIC_FILE_REPLACE, fd, name, in_parts ? partial : NULL);
	if (r == 0 && in_parts)
		at = lseek(target->fd, 0, SEEK_CUR);
	if (r == 0 && (at < 0 || (uint64_t)at > file->size_bytes))
		r = -EPROTO;
	progress_begin(&copy->progress, there, file->size_bytes);
	progress_skip(&copy->progress, at > 0 ? (uint64_t)at : 0);
	if (r < 0)
		copy_failed_here(copy, name, "cannot make the file here", -r);
	return r == 0;
}

static void copy_file_down(struct copy *copy, const char *there, const struct pith_file *file, int dir_fd, const char *name)
{
	struct atomic_file target = ATOMIC_FILE_INIT;
	struct output output = { .copy = copy, .wanted = file };
	struct atomic_file_options wish = { .mode = file->mode & 0777, .mtime_us = file->mtime_us };
	struct pith_read_result result;
	struct pith_error err;
	int r;

	if (!begin_target(copy, there, file, dir_fd, name, &target)) {
		atomic_file_deinit(&target);
		return;
	}
	output.fd = target.fd;
	if (fetch(copy, there, &output, target.is_partial, &result, &err) != PITH_OK) {
		if (output.is_another)
			copy_failed_here(copy, there, "it was changed meanwhile: start again", 0);
		else
			copy_refused(copy, there, &err);
		copy->over = copy->over || output.is_another;
		atomic_file_deinit(&target);
		return;
	}
	if (!result.stable)
		copy_left_out(copy, there, "it was written while it was read: the copy may be of two versions");
	wish.mode = result.file.mode & 0777;
	wish.mtime_us = result.file.mtime_us;
	r = atomic_file_finish(&target, &wish);
	if (r < 0)
		copy_failed_here(copy, name, "cannot put the file in its place", -r);
	atomic_file_deinit(&target);
}

/* Into the directory name in dir_fd, which is made where it is not there; "" is dir_fd itself. */
static void copy_directory_down(struct copy *copy, const char *there, int dir_fd, const char *name)
{
	bool created = name[0] && mkdirat(dir_fd, name, 0700) == 0;
	int fd = -1;

	if (created || !name[0] || errno == EEXIST)
		fd = openat(dir_fd, name[0] ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		copy_failed_here(copy, name, "cannot make the directory here", errno);
		return;
	}
	progress_begin(&copy->progress, there, 0);
	copy_tree_down(copy, there, fd, created);
}

/* To what is there already and is no file: a terminal, a FIFO, /dev/null. It is written and not replaced. */
static void copy_to_stream(struct copy *copy, const char *there, int fd)
{
	struct pith_read_options options = { .output = { .kind = PITH_STREAM_FD, .fd = fd } };
	struct pith_read_result result;
	struct pith_error err;

	if (pith_file_read(copy->files.conn, &copy->files.where, there, &options, &result, &err) != PITH_OK)
		copy_refused(copy, there, &err);
}

static void copy_to_device(struct copy *copy, const char *there, const char *to)
{
	_cleanup_close_ int fd = open(to, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		copy_failed_here(copy, to, "cannot open it", errno);
	else
		copy_to_stream(copy, there, fd);
}

/* The directory that the last name of to is in: an fd, or -1. */
static int open_parent(const char *to, char name[PITH_PATH_SIZE])
{
	char parent[PITH_PATH_SIZE];
	size_t end = strlen(to);

	if (!copy_last_name(to, name) || !name[0]) {
		errno = EINVAL;
		return -1;
	}
	while (end > 0 && to[end - 1] == '/')
		end--;
	end -= strlen(name);
	snprintf(parent, sizeof(parent), "%.*s", (int)end, to);
	return open(parent[0] ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void copy_named_down(struct copy *copy, const char *there, const struct pith_file *file, int dir_fd,
			    const char *name)
{
	if (file->type == PITH_FILE_REGULAR)
		copy_file_down(copy, there, file, dir_fd, name);
	else if (file->type != PITH_FILE_DIRECTORY)
		copy_left_out(copy, there, "it is neither a file nor a directory");
	else if (!copy->files.settings->recursive)
		copy_left_out(copy, there, "it is a directory: give -r");
	else
		copy_directory_down(copy, there, dir_fd, name);
}

static void copy_word_down(struct copy *copy, const char *there, const char *to, const struct stat *st)
{
	bool into = st && S_ISDIR(st->st_mode);
	char name[PITH_PATH_SIZE];
	_cleanup_close_ int dir_fd = -1;
	struct pith_error err;
	struct pith_file file;

	if (pith_file_stat(copy->files.conn, &copy->files.where, there, PITH_LINKS_FOLLOW, &file, &err) != PITH_OK) {
		copy_refused(copy, there, &err);
		return;
	}
	if (st && !into && !S_ISREG(st->st_mode)) {
		copy_to_device(copy, there, to);
		return;
	}
	dir_fd = into ? open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : open_parent(to, name);
	if (dir_fd < 0 || (into && !copy_last_name(there, name)))
		copy_failed_here(copy, to, "cannot open the directory", errno);
	else
		copy_named_down(copy, there, &file, dir_fd, name);
}

void copy_down(struct copy *copy, char *const *words, size_t count, const char *to)
{
	struct stat st;
	bool is_there = stat(to, &st) == 0;

	if (strlen(to) >= PITH_PATH_SIZE) {
		copy_failed_here(copy, "cp", "the path to copy to is too long", 0);
		return;
	}
	if (strcmp(to, "-") == 0) {
		copy_to_stream(copy, words[0] + 1, 1);
		return;
	}
	if (count > 1 && (!is_there || !S_ISDIR(st.st_mode))) {
		copy_failed_here(copy, to, "there is no such directory here", 0);
		return;
	}
	for (size_t i = 0; i < count && !copy->over; i++)
		copy_word_down(copy, words[i][1] ? words[i] + 1 : "/", to, is_there ? &st : NULL);
}
