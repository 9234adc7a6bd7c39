/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way of files and trees from here to the guest.
 *
 * Never: follows a symbolic link below the paths that were named, opens a FIFO or a device there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "copy.h"
#include "io.h"
#include "sha256.h"

#define PARTIAL_MIN_BYTES (4u << 20) /* below that, beginning again costs nothing */
#define PARTIAL_NAME_LEN 32u

struct place {
	int dir_fd;
	const char *name; /* in it */
	char here[PITH_PATH_SIZE]; /* for sentences */
	char there[PITH_PATH_SIZE];
	size_t below; /* where in `here` the path below the named folder begins */
	unsigned depth;
};

struct input {
	struct copy *copy;
	int fd;
	uint64_t size;
};

static void copy_one_up(struct copy *copy, const struct place *place, int at_flags);

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
	if (offset_bytes > 0 && lseek(input->fd, (off_t)offset_bytes, SEEK_SET) < 0)
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

/* The same file to the same place, unchanged, has the same name: that is what makes an upload go on. */
static void name_partial(const struct stat *st, const char *there, char ret[SHA256_TEXT_SIZE])
{
	char text[128];
	struct sha256 s;
	int n = snprintf(text, sizeof(text), "%llu %llu %lld %lld %ld ", (unsigned long long)st->st_dev,
			 (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
			 st->st_mtim.tv_nsec);

	sha256_init(&s);
	sha256_add(&s, text, (size_t)n);
	sha256_add(&s, there, strlen(there));
	sha256_end(&s, ret);
	ret[PARTIAL_NAME_LEN] = '\0';
}

static void copy_file_up(struct copy *copy, const struct place *place, int at_flags)
{
	int no_follow = at_flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
	_cleanup_close_ int fd =
		openat(place->dir_fd, place->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | no_follow);
	struct pith_write_options options = { .has_mode = true, .has_mtime = true };
	struct input input = { .copy = copy, .fd = fd };
	char partial[SHA256_TEXT_SIZE];
	struct pith_error err;
	struct pith_file file;
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
	if (input.size >= PARTIAL_MIN_BYTES) {
		name_partial(&st, place->there, partial);
		options.partial = partial;
	}
	progress_begin(&copy->progress, place->here, input.size);
	if (pith_file_write(copy->files.conn, &copy->files.where, place->there, &options, NULL, &file, &err) != PITH_OK)
		copy_refused(copy, err.code == PITH_GUEST_ERROR ? place->there : place->here, &err);
}

static enum pith_code make_link(struct copy *copy, const struct place *place, const char *target, struct pith_error *err)
{
	struct pith_conn *conn = copy->files.conn;
	const struct pith_where *where = &copy->files.where;
	enum pith_code code = pith_symlink(conn, where, target, place->there, err);
	struct pith_file file;

	if (code != PITH_GUEST_ERROR || strcmp(err->guest_code, "already_exists") != 0)
		return code;
	/* In the place of a file or a link, as a file would be; never in that of a folder. */
	if (pith_file_stat(conn, where, place->there, PITH_LINKS_KEEP, &file, err) != PITH_OK)
		return err->code;
	if (file.type != PITH_FILE_DIRECTORY)
		code = pith_remove(conn, where, place->there, PITH_REMOVE_ONE, err);
	if (code != PITH_OK && file.type != PITH_FILE_DIRECTORY)
		return code;
	return pith_symlink(conn, where, target, place->there, err);
}

static void copy_link_up(struct copy *copy, const struct place *place, const struct stat *st)
{
	struct pith_attributes attributes = { .has_mtime = true, .mtime_us = mtime_us(st) };
	char target[PITH_PATH_SIZE];
	ssize_t n = readlinkat(place->dir_fd, place->name, target, sizeof(target) - 1);
	struct pith_error err;
	enum pith_code code;

	if (n <= 0) {
		copy_failed_here(copy, place->here, "cannot read the link", n < 0 ? errno : ENOENT);
		return;
	}
	target[n] = '\0';
	code = make_link(copy, place, target, &err);
	if (code == PITH_OK)
		code = pith_set_attributes(copy->files.conn, &copy->files.where, place->there, PITH_LINKS_KEEP,
					   &attributes, &err);
	if (code != PITH_OK)
		copy_refused(copy, place->there, &err);
}

/* dir is consumed. */
static void copy_entries_up(struct copy *copy, const struct place *place, DIR *dir)
{
	struct place entry = { .dir_fd = dirfd(dir), .below = place->below, .depth = place->depth + 1 };

	while (!copy->over) {
		struct dirent *found;

		errno = 0;
		found = readdir(dir);
		if (!found && errno)
			copy_failed_here(copy, place->here, "cannot read the folder", errno);
		if (!found)
			break;
		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		entry.name = found->d_name;
		if (!files_join(entry.here, place->here, entry.name) ||
		    !files_join(entry.there, place->there, entry.name))
			copy_failed_here(copy, place->here, "a path in it is too long", ENAMETOOLONG);
		else if (!copy_is_excluded(&copy->files.settings->exclude, entry.here + entry.below))
			copy_one_up(copy, &entry, AT_SYMLINK_NOFOLLOW);
	}
	closedir(dir);
}

static void copy_folder_up(struct copy *copy, const struct place *place, const struct stat *st, int at_flags)
{
	int no_follow = at_flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
	/* Until all is in it, its owner there must be able to write to it. */
	struct pith_make_options options = { .has_mode = true, .mode = (st->st_mode & 07777) | 0700, .parents = true };
	struct pith_attributes attributes = {
		.has_mode = true,
		.mode = st->st_mode & 07777,
		.has_mtime = true,
		.mtime_us = mtime_us(st),
	};
	bool created = false;
	struct pith_error err;
	int fd;
	DIR *dir;

	if (place->depth >= COPY_DEPTH_MAX) {
		copy_left_out(copy, place->here, "too many folders in folders");
		return;
	}
	fd = openat(place->dir_fd, place->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | no_follow);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		copy_failed_here(copy, place->here, "cannot open the folder", errno);
		close_fd(&fd);
		return;
	}
	if (pith_dir_make(copy->files.conn, &copy->files.where, place->there, &options, &created, &err) != PITH_OK) {
		copy_refused(copy, place->there, &err);
		closedir(dir);
		return;
	}
	copy_entries_up(copy, place, dir);
	if (created && !copy->over &&
	    pith_set_attributes(copy->files.conn, &copy->files.where, place->there, PITH_LINKS_KEEP, &attributes,
				&err) != PITH_OK)
		copy_refused(copy, place->there, &err);
}

static void copy_one_up(struct copy *copy, const struct place *place, int at_flags)
{
	struct stat st;

	if (fstatat(place->dir_fd, place->name, &st, at_flags) < 0)
		copy_failed_here(copy, place->here, "cannot copy it", errno);
	else if (S_ISREG(st.st_mode))
		copy_file_up(copy, place, at_flags);
	else if (S_ISLNK(st.st_mode))
		copy_link_up(copy, place, &st);
	else if (!S_ISDIR(st.st_mode))
		copy_left_out(copy, place->here, "left out: neither a file, a folder nor a symbolic link");
	else if (copy->files.settings->recursive)
		copy_folder_up(copy, place, &st, at_flags);
	else
		copy_left_out(copy, place->here, "it is a folder: give -r");
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
	place.below = strlen(word) + (word[strlen(word) - 1] == '/' ? 0 : 1);
	copy_one_up(copy, &place, 0);
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
		copy_left_out(copy, to, "there is no such folder in the guest");
		return;
	}
	for (size_t i = 0; i < count && !copy->over; i++)
		copy_word_up(copy, words[i], to, into);
}
