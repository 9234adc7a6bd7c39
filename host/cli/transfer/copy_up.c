/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way of files from here to the guest. Never: opens a FIFO or a device for its bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "host/cli/transfer/copy.h"

struct place {
	int dir_fd;
	const char *name; /* in it */
	char here[PITH_PATH_SIZE]; /* for sentences */
	char there[PITH_PATH_SIZE];
};

struct input {
	struct copy *copy;
	int fd;
	uint64_t size;
};

static int64_t mtime_us(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static int begin_input(void *user, uint64_t offset_bytes)
{
	struct input *input = user;

	/* What is there already cannot be longer than the file that it is a part of. */
	if (offset_bytes > input->size)
		return -EPROTO;
	if (lseek(input->fd, (off_t)offset_bytes, SEEK_SET) < 0)
		return -errno;
	progress_skip(&input->copy->progress, offset_bytes);
	return 0;
}

static ssize_t read_input(void *user, void *buf, size_t size)
{
	struct input *input = user;
	ssize_t n = io_read(input->fd, buf, size);

	if (n > 0)
		progress_add(&input->copy->progress, (uint64_t)n);
	return n;
}

static void name_partial(const struct stat *st, const char *there, char ret[COPY_PARTIAL_SIZE])
{
	char state[128];

	snprintf(state, sizeof(state), "%llu %llu %lld %lld %ld", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
		 st->st_mtim.tv_nsec);
	copy_name_partial(state, there, ret);
}

/* A connection that is lost on the way is dialed again where the upload can go on. */
static void send_file(struct copy *copy, const struct place *place, struct pith_write_options *options)
{
	const struct pith_where *where = &copy->files.where;
	struct pith_error err;
	struct pith_file file;
	int64_t until = 0;

	while (pith_file_write(copy->files.conn, where, place->there, options, NULL, &file, &err) != PITH_OK) {
		if (options->partial && copy_dial_again(copy, &err, &until))
			continue;
		copy_refused(copy, err.code == PITH_GUEST_ERROR ? place->there : place->here, &err);
		return;
	}
}

static void copy_file_up(struct copy *copy, const struct place *place)
{
	_cleanup_close_ int fd = openat(place->dir_fd, place->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct pith_write_options options = { .has_mode = true, .has_mtime = true };
	struct input input = { .copy = copy, .fd = fd };
	char partial[COPY_PARTIAL_SIZE];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		copy_failed_here(copy, place->here, "cannot open it", errno);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		copy_left_out(copy, place->here, "it is no regular file any more");
		return;
	}
	input.size = (uint64_t)st.st_size;
	options.mode = st.st_mode & 07777;
	options.mtime_us = mtime_us(&st);
	options.input = (struct pith_source){ .kind = PITH_STREAM_CALLBACK, .read = read_input, .user = &input };
	options.started = begin_input;
	options.user = &input;
	if (input.size >= COPY_PARTIAL_MIN_BYTES) {
		name_partial(&st, place->there, partial);
		options.partial = partial;
	}
	progress_begin(&copy->progress, place->here, input.size);
	send_file(copy, place, &options);
}

/* A directory that was there keeps its own mode and time. */
static void copy_directory_up(struct copy *copy, const struct place *place)
{
	int fd = openat(place->dir_fd, place->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pith_error err;
	struct pith_file file;
	bool is_there;

	if (fd < 0) {
		copy_failed_here(copy, place->here, "cannot open the directory", errno);
		return;
	}
	is_there = pith_file_stat(copy->files.conn, &copy->files.where, place->there, PITH_LINKS_FOLLOW, &file, &err) == PITH_OK;
	progress_begin(&copy->progress, place->here, 0);
	copy_tree_up(copy, fd, place->there, !is_there);
}

static void copy_one_up(struct copy *copy, const struct place *place)
{
	struct stat st;

	if (fstatat(place->dir_fd, place->name, &st, 0) < 0)
		copy_failed_here(copy, place->here, "cannot copy it", errno);
	else if (S_ISREG(st.st_mode))
		copy_file_up(copy, place);
	else if (!S_ISDIR(st.st_mode))
		copy_left_out(copy, place->here, "left out: neither a file, a directory nor a symbolic link");
	else if (copy->files.settings->recursive)
		copy_directory_up(copy, place);
	else
		copy_left_out(copy, place->here, "it is a directory: give -r");
}

static void copy_stdin_up(struct copy *copy, const char *to)
{
	struct pith_write_options options = { .input = { .kind = PITH_STREAM_FD, .fd = 0 } };
	struct pith_file file;
	struct pith_error err;

	if (pith_file_write(copy->files.conn, &copy->files.where, to, &options, NULL, &file, &err) != PITH_OK)
		copy_refused(copy, err.code == PITH_GUEST_ERROR ? to : "-", &err);
}

static void copy_word_up(struct copy *copy, const char *word, const char *to, bool into)
{
	struct place place = { .dir_fd = AT_FDCWD, .name = word };
	char last[PITH_PATH_SIZE];

	if (strlen(word) >= sizeof(place.here) || !copy_last_name(word, last) ||
	    !files_join(place.there, to, into ? last : "")) {
		copy_failed_here(copy, word, "the path is too long", 0);
		return;
	}
	/* files_join() has put a slash behind a path that goes without a name: a file's name must not have one. */
	if (!into || !last[0])
		snprintf(place.there, sizeof(place.there), "%s", to);
	snprintf(place.here, sizeof(place.here), "%s", word);
	copy_one_up(copy, &place);
}

void copy_up(struct copy *copy, char *const *words, size_t count, const char *to)
{
	const struct files *files = &copy->files;
	struct pith_error err;
	struct pith_file file;
	enum pith_code code;
	bool into;

	if (strcmp(words[0], "-") == 0) {
		copy_stdin_up(copy, to);
		return;
	}
	code = pith_file_stat(files->conn, &files->where, to, PITH_LINKS_FOLLOW, &file, &err);
	if (code != PITH_OK && strcmp(err.guest_code, "not_found") != 0) {
		copy_refused(copy, to, &err);
		return;
	}
	into = code == PITH_OK && file.type == PITH_FILE_DIRECTORY;
	if (!into && (count > 1 || (to[strlen(to) - 1] == '/' && !files->settings->recursive))) {
		copy_left_out(copy, to, "there is no such directory in the guest");
		return;
	}
	for (size_t i = 0; i < count && !copy->over; i++)
		copy_word_up(copy, words[i], to, into);
}
