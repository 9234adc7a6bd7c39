/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way of files and trees from the guest to here.
 *
 * Never: believes the guest where to write. Names are single parts (libpith has looked at them), each is made in a folder that is
 * an fd, and no symbolic link below the path that was named is followed. Set-user-ID and the like stay behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "copy.h"
#include "io.h"

#define TEMP_TRIES 100u /* names of 64 random bits: a second try is luck already */
#define TEMP_SIZE 40u

/* A folder that is filled. */
struct folder {
	struct copy *copy;
	int fd;
	const char *there;
	const char *below; /* its path below the named folder, "" for that one */
	unsigned depth;
};

struct output {
	struct copy *copy;
	int fd;
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

/* The fd of a new file beside the one that it is going to be, or -errno. */
static int make_temp(int dir_fd, char name[TEMP_SIZE])
{
	for (unsigned i = 0; i < TEMP_TRIES; i++) {
		unsigned char random[8];
		int n = snprintf(name, TEMP_SIZE, ".pith-copy-"), fd;

		if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -errno;
		for (size_t at = 0; at < sizeof(random); at++)
			n += snprintf(name + n, TEMP_SIZE - (size_t)n, "%02x", random[at]);
		fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

static void times_of(const struct pith_file *file, struct timespec times[2])
{
	int64_t us = file->mtime_us % 1000000;
	bool before = us < 0; /* 1970: the fraction counts forward all the same */

	times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	times[1].tv_sec = (time_t)(file->mtime_us / 1000000 - before);
	times[1].tv_nsec = (long)(us + (before ? 1000000 : 0)) * 1000;
}

static enum pith_code fetch(struct copy *copy, const char *there, int fd, struct pith_file *ret, struct pith_error *err)
{
	struct output output = { .copy = copy, .fd = fd };
	struct pith_read_options options = {
		.output = { .kind = PITH_STREAM_CALLBACK, .write = write_output, .user = &output },
	};
	struct pith_read_result result;
	enum pith_code code = pith_file_read(copy->files.conn, &copy->files.where, there, &options, &result, err);

	if (code != PITH_OK)
		return code;
	*ret = result.file;
	if (!result.stable)
		copy_left_out(copy, there, "it was written while it was read: the copy may be of two versions");
	return PITH_OK;
}

static void copy_file_down(struct copy *copy, const char *there, uint64_t size, int dir_fd, const char *name)
{
	char temp[TEMP_SIZE];
	_cleanup_close_ int fd = make_temp(dir_fd, temp);
	struct timespec times[2];
	struct pith_error err;
	struct pith_file file;
	enum pith_code code;

	if (fd < 0) {
		copy_failed_here(copy, name, "cannot make the file here", -fd);
		return;
	}
	progress_begin(&copy->progress, there, size);
	code = fetch(copy, there, fd, &file, &err);
	if (code != PITH_OK) {
		copy_refused(copy, there, &err);
	} else {
		times_of(&file, times);
		if (fchmod(fd, file.mode & 0777) == 0 && futimens(fd, times) == 0 &&
		    renameat(dir_fd, temp, dir_fd, name) == 0)
			return;
		copy_failed_here(copy, name, "cannot put the file in its place", errno);
	}
	unlinkat(dir_fd, temp, 0);
}

static void copy_link_down(struct copy *copy, const char *there, const struct pith_dir_entry *entry, int dir_fd,
			   const char *name)
{
	struct timespec times[2];
	struct stat st;

	if (!entry->target) {
		copy_left_out(copy, there, "left out: the guest does not say where the link points");
		return;
	}
	/* In the place of a file or a link, as a file would be; never in that of a folder. */
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
		unlinkat(dir_fd, name, 0);
	times_of(&entry->file, times);
	if (symlinkat(entry->target, dir_fd, name) < 0 ||
	    utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		copy_failed_here(copy, name, "cannot make the link here", errno);
}

static int on_entry(void *user, const struct pith_dir_entry *entry);

/* Consumes nothing: the folder's fd stays the caller's. */
static void fill_folder(struct folder *folder)
{
	struct copy *copy = folder->copy;
	struct pith_error err;

	if (pith_dir_list(copy->files.conn, &copy->files.where, folder->there, 1, on_entry, folder, &err) != PITH_OK)
		copy_refused(copy, folder->there, &err);
}

/* Makes the folder name in dir_fd where it is not there, and fills it. */
static void copy_folder_down(struct copy *copy, const char *there, const struct pith_file *file, int dir_fd,
			     const char *name, const char *below, unsigned depth)
{
	bool created = mkdirat(dir_fd, name, 0700) == 0;
	_cleanup_close_ int fd = -1;
	struct folder folder = { .copy = copy, .there = there, .below = below, .depth = depth };
	struct timespec times[2];

	if (depth >= COPY_DEPTH_MAX) {
		copy_left_out(copy, there, "too many folders in folders");
		return;
	}
	if (created || errno == EEXIST)
		fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		copy_failed_here(copy, name, "cannot make the folder here", errno);
		return;
	}
	folder.fd = fd;
	fill_folder(&folder);
	times_of(file, times);
	if (created && (fchmod(fd, file->mode & 0777) < 0 || futimens(fd, times) < 0))
		copy_failed_here(copy, name, "cannot set mode and time of the folder", errno);
}

static int on_entry(void *user, const struct pith_dir_entry *entry)
{
	const struct folder *folder = user;
	struct copy *copy = folder->copy;
	char there[PITH_PATH_SIZE], below[PITH_PATH_SIZE];

	if (!files_join(there, folder->there, entry->path) || !files_join(below, folder->below, entry->path)) {
		copy_failed_here(copy, folder->there, "a path in it is too long", ENAMETOOLONG);
		return 0;
	}
	if (copy_is_excluded(&copy->files.settings->exclude, below))
		return 0;
	if (entry->file.type == PITH_FILE_REGULAR)
		copy_file_down(copy, there, entry->file.size_bytes, folder->fd, entry->path);
	else if (entry->file.type == PITH_FILE_SYMLINK)
		copy_link_down(copy, there, entry, folder->fd, entry->path);
	else if (entry->file.type == PITH_FILE_DIRECTORY)
		copy_folder_down(copy, there, &entry->file, folder->fd, entry->path, below, folder->depth + 1);
	else
		copy_left_out(copy, there, "left out: neither a file, a folder nor a symbolic link");
	return copy->over ? 1 : 0;
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

/* The folder that the last name of to is in: an fd, or -1. */
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
	struct folder folder = { .copy = copy, .fd = dir_fd, .there = there, .below = "" };

	if (file->type == PITH_FILE_REGULAR)
		copy_file_down(copy, there, file->size_bytes, dir_fd, name);
	else if (file->type != PITH_FILE_DIRECTORY)
		copy_left_out(copy, there, "it is neither a file nor a folder");
	else if (!copy->files.settings->recursive)
		copy_left_out(copy, there, "it is a folder: give -r");
	else if (name[0])
		copy_folder_down(copy, there, file, dir_fd, name, "", 0);
	else
		fill_folder(&folder);
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
		copy_failed_here(copy, to, "cannot open the folder", errno);
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
		copy_failed_here(copy, to, "there is no such folder here", 0);
		return;
	}
	for (size_t i = 0; i < count && !copy->over; i++)
		copy_word_down(copy, words[i][1] ? words[i] + 1 : "/", to, is_there ? &st : NULL);
}
