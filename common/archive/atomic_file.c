/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a file on its way to its name.
 *
 * Never: shows half a file under the name, follows a symbolic link there, takes somebody else's file for its own partial one.
 */
#include "common/archive/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"

#define NEW_MODE 0644
#define HIDDEN_MODE 0600	/* while it is being written */
#define OWN_FD_SIZE 32
/* A name of 64 random bits is taken: once is chance already. */
#define NAME_TRIES 4
/* Another upload that is about to take its place holds the directory's lock for some system calls. */
#define LOCK_TRIES 200
#define LOCK_PAUSE_NS 5000000

static int make_temp_name(struct atomic_file *t)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	fmt_text(t->temp, sizeof(t->temp), ".pith-%016llx.tmp", (unsigned long long)number);
	return 0;
}

static int open_named(struct atomic_file *t)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		int r = make_temp_name(t);

		if (r < 0)
			return r;
		t->fd = openat(t->dir_fd, t->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, HIDDEN_MODE);
		if (t->fd >= 0)
			return 0;
		r = -errno;
		t->temp[0] = '\0';
		if (r != -EEXIST)
			return r;
	}
	return -EEXIST;
}

static int open_temp(struct atomic_file *t)
{
	t->fd = openat(t->dir_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, HIDDEN_MODE);
	if (t->fd >= 0)
		return 0;
	/* The ways in which kernels and file systems say that they have no such thing. */
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
		return -errno;
	return open_named(t);
}

/*
 * It must be ours alone: a file that another user put there, or holds another name of, could be written by him after it got
 * its name.
 */
static int check_partial(const struct atomic_file *t)
{
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if (st.st_uid != geteuid() || st.st_nlink != 1 || (st.st_mode & 07777) != HIDDEN_MODE)
		return -EPERM;
	return flock(t->fd, LOCK_EX | LOCK_NB) < 0 ? (errno == EWOULDBLOCK ? -EBUSY : -errno) : 0;
}

static int open_partial(struct atomic_file *t, const char *partial)
{
	int r;

	fmt_text(t->temp, sizeof(t->temp), ".pith-partial-%s", partial);
	t->is_partial = true;
	t->fd = openat(t->dir_fd, t->temp, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, HIDDEN_MODE);
	if (t->fd < 0)
		return -errno;
	r = check_partial(t);
	return r < 0 ? r : lseek(t->fd, 0, SEEK_END) < 0 ? -errno : 0;
}

static int open_in_place(struct atomic_file *t)
{
	int flags = O_WRONLY | (t->kind == ATOMIC_FILE_APPEND ? O_APPEND : 0);

	t->fd = path_open_regular_at(t->dir_fd, t->name, flags, &t->old);
	if (t->fd != -ENOENT)
		return t->fd < 0 ? t->fd : 0;
	t->fd = openat(t->dir_fd, t->name, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, NEW_MODE);
	t->created = t->fd >= 0;
	return t->fd < 0 ? -errno : 0;
}

/* What stands under the name now may be replaced: a regular file, a symbolic link (itself), or nothing. */
static int look_at_old(struct atomic_file *t)
{
	if (fstatat(t->dir_fd, t->name, &t->old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (t->kind == ATOMIC_FILE_CREATE_NEW)
		return -EEXIST;
	if (S_ISDIR(t->old.st_mode))
		return -EISDIR;
	t->replaces = S_ISREG(t->old.st_mode);
	return t->replaces || S_ISLNK(t->old.st_mode) ? 0 : -ENOTSUP;
}

int atomic_file_open(struct atomic_file *t, enum atomic_file_kind kind, int dir_fd, const char *name, const char *partial)
{
	int r;

	*t = (struct atomic_file){ .kind = kind, .dir_fd = dir_fd, .fd = -1 };
	fmt_text(t->name, sizeof(t->name), "%s", name);
	if (kind == ATOMIC_FILE_APPEND || kind == ATOMIC_FILE_AT)
		return open_in_place(t);
	r = kind == ATOMIC_FILE_PUT ? 0 : look_at_old(t);
	if (r < 0)
		return r;
	return partial ? open_partial(t, partial) : open_temp(t);
}

static int set_owner_and_mode(const struct atomic_file *t, const struct atomic_file_options *wish)
{
	mode_t mode = t->replaces ? t->old.st_mode & 0777 : NEW_MODE;
	bool in_place = t->kind == ATOMIC_FILE_APPEND || t->kind == ATOMIC_FILE_AT;

	/* The owner first: a change of it takes the set-user-ID bit away. */
	if (wish->set_owner && fchown(t->fd, wish->uid, wish->gid) < 0)
		return -errno;
	/* Who may not give files away keeps them. */
	if (!wish->set_owner && t->replaces && fchown(t->fd, t->old.st_uid, t->old.st_gid) < 0 && errno != EPERM)
		return -errno;
	if (wish->mode != ATOMIC_FILE_KEEP_MODE)
		mode = (mode_t)wish->mode;
	else if (in_place)
		return 0;
	return fchmod(t->fd, mode) < 0 ? -errno : 0;
}

static int set_time(const struct atomic_file *t, const struct atomic_file_options *wish)
{
	int64_t us = wish->mtime_us, rest = us % 1000000;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };

	if (us == ATOMIC_FILE_KEEP_TIME)
		return 0;
	if (rest < 0)
		rest += 1000000;
	times[1] = (struct timespec){ .tv_sec = (us - rest) / 1000000, .tv_nsec = rest * 1000 };
	return futimens(t->fd, times) < 0 ? -errno : 0;
}

/* A name for the file without one. */
static int link_temp(const struct atomic_file *t, const char *name)
{
	char own[OWN_FD_SIZE];

	if (linkat(t->fd, "", t->dir_fd, name, AT_EMPTY_PATH) == 0)
		return 0;
	/* The short way is for those with CAP_DAC_READ_SEARCH, before Linux 6.10. */
	if (errno != ENOENT && errno != EPERM)
		return -errno;
	fmt_text(own, sizeof(own), "/proc/self/fd/%d", t->fd);
	return linkat(AT_FDCWD, own, t->dir_fd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int rename_here(const struct atomic_file *t, const char *from, const char *to, unsigned int flags)
{
	return syscall(SYS_renameat2, t->dir_fd, from, t->dir_fd, to, flags) < 0 ? -errno : 0;
}

/* Is the file of that name the one that was there at the beginning, and as it was? A change of its name counts as none. */
static bool is_old(const struct atomic_file *t, const char *name)
{
	const struct stat *old = &t->old;
	struct stat st;

	return fstatat(t->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == old->st_dev && st.st_ino == old->st_ino &&
	       st.st_size == old->st_size && st.st_mtim.tv_sec == old->st_mtim.tv_sec && st.st_mtim.tv_nsec == old->st_mtim.tv_nsec;
}

static int lock_dir(const struct atomic_file *t)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int fd = openat(t->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	if (fd < 0)
		return -errno;
	close(fd);
	return -EBUSY;
}

/*
 * Changes places with what has the name, looks at what it got, and gives it back if that is not the old file. The lock is for
 * others who do the same: without it two that give back could cross.
 */
static int replace_old(struct atomic_file *t)
{
	_cleanup_close_ int lock = lock_dir(t);
	int r;

	if (lock < 0)
		return lock;
	if (!is_old(t, t->name))
		return -ESTALE;
	r = rename_here(t, t->temp, t->name, RENAME_EXCHANGE);
	if (r == -EINVAL || r == -ENOSYS)
		return rename_here(t, t->temp, t->name, 0);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	if (is_old(t, t->temp))
		return unlinkat(t->dir_fd, t->temp, 0) < 0 ? -errno : 0;
	r = rename_here(t, t->temp, t->name, RENAME_EXCHANGE);
	if (r == -ENOENT)
		r = rename_here(t, t->temp, t->name, RENAME_NOREPLACE);
	/* What could not be given back is somebody's, and stays under the name that it has now. */
	if (r < 0)
		t->temp[0] = '\0';
	return -ESTALE;
}

/* rename(2) replaces, link(2) does not; there is no call that gives a file without a name somebody else's. */
static int publish_over(struct atomic_file *t)
{
	int r = 0;

	if (!t->temp[0]) {
		r = make_temp_name(t);
		if (r == 0)
			r = link_temp(t, t->temp);
		if (r < 0)
			t->temp[0] = '\0';
	}
	if (r == 0)
		r = t->must_be_old ? replace_old(t) : rename_here(t, t->temp, t->name, 0);
	if (r == 0)
		t->temp[0] = '\0';
	return r;
}

static int publish_new(struct atomic_file *t)
{
	int r;

	if (!t->temp[0])
		return link_temp(t, t->name);
	r = rename_here(t, t->temp, t->name, RENAME_NOREPLACE);
	if (r == 0)
		t->temp[0] = '\0';
	return r;
}

static int publish(struct atomic_file *t)
{
	int r = 0;

	if (t->kind == ATOMIC_FILE_CREATE_NEW)
		return publish_new(t);
	if (t->kind == ATOMIC_FILE_PUT) {
		r = t->temp[0] ? -EEXIST : link_temp(t, t->name);
		if (r == 0)
			return 0;
		if (r == -EEXIST)
			r = look_at_old(t);
	}
	return r < 0 ? r : publish_over(t);
}

static int sync_dir(const struct atomic_file *t)
{
	_cleanup_close_ int fd = openat(t->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int atomic_file_finish(struct atomic_file *t, const struct atomic_file_options *wish)
{
	bool in_place = t->kind == ATOMIC_FILE_APPEND || t->kind == ATOMIC_FILE_AT;
	int r = set_owner_and_mode(t, wish);

	if (r == 0)
		r = set_time(t, wish);
	if (r == 0 && wish->fsync != ATOMIC_FILE_FSYNC_NONE && fsync(t->fd) < 0)
		r = -errno;
	if (r == 0 && !in_place)
		r = publish(t);
	if (r == 0 && wish->fsync == ATOMIC_FILE_FSYNC_ALL)
		r = sync_dir(t);
	return r;
}

void atomic_file_deinit(struct atomic_file *t)
{
	if (t->temp[0] && !t->is_partial && t->fd >= 0)
		unlinkat(t->dir_fd, t->temp, 0);
	close_fd(&t->fd);
	close_fd(&t->dir_fd);
}
