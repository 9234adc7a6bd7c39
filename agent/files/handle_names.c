/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the requests that change names and attributes but no bytes: dir_make, rename, link, symlink, set_attributes.
 *
 * Each request works on an open file, or on one name in an open directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/files/worker_main.h"
#include "agent/files/write_options.h"
#include "agent/files/xattrs.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "common/archive/path.h"
#include "common/cleanup.h"
#include "common/fmt.h"

#define OWN_FD_SIZE 32
#define NEW_DIR_MODE 0700

/* Writes the attributes of the file that now has the name. False: *reply has the reason. */
static bool write_state(int dir_fd, const char *name, struct reply *reply)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return reply_fail_path(reply, -errno, "path");
	file_write_info(&st, reply->result);
	return true;
}

/* With parents an existing directory is a success. */
static int make_dir(int dir_fd, const char *name, const struct request_dir_make *request, bool *ret_created)
{
	struct stat st;

	/* The mode is set through an open fd: a mode without r or x would keep the worker itself from opening the directory. */
	*ret_created = mkdirat(dir_fd, name, NEW_DIR_MODE) == 0;
	if (*ret_created)
		return 0;
	if (errno != EEXIST || !request->f_parents)
		return -errno;
	if (fstatat(dir_fd, name, &st, 0) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -EEXIST;
}

static int dress_dir(int dir_fd, const char *name, const struct request_dir_make *request, const struct atomic_file_options *wish)
{
	_cleanup_close_ int fd = path_open_dir_at(dir_fd, name, false);

	if (fd < 0)
		return fd;
	if (wish->set_owner && fchown(fd, wish->uid, wish->gid) < 0)
		return -errno;
	return fchmod(fd, (mode_t)request->f_mode) < 0 ? -errno : 0;
}

enum handled handle_dir_make(struct worker_self *w, const struct request_dir_make *request, struct reply *reply)
{
	_cleanup_close_ int dir_fd = -1;
	struct atomic_file_options wish = { 0 };
	char name[PATH_NAME_SIZE];
	bool created = false;
	int r = 0;

	if (!worker_enter(w, request->f_user, request->f_root, reply) || !write_options_owner(request->f_owner, &wish, reply))
		return HANDLED_NOW;
	if (request->f_parents)
		r = path_make_parents(w->root_fd, request->f_path, WRITE_OPTIONS_DIR_MODE);
	if (r == 0)
		r = path_open_parent(w->root_fd, request->f_path, &dir_fd, name);
	if (r == 0)
		r = make_dir(dir_fd, name, request, &created);
	if (r == 0 && created) {
		r = dress_dir(dir_fd, name, request, &wish);
		if (r < 0)
			unlinkat(dir_fd, name, AT_REMOVEDIR);
	}
	if (r < 0) {
		reply_fail_path(reply, r, "path");
	} else if (write_state(dir_fd, name, reply)) {
		jsonw_bool(reply->result, "created", created);
	}
	return HANDLED_NOW;
}

struct two {
	int dir_fd[2];
	char name[2][PATH_NAME_SIZE];
};

static bool open_two(const struct worker_self *w, const char *path, const char *to, struct two *two, struct reply *reply)
{
	int r = path_open_parent(w->root_fd, path, &two->dir_fd[0], two->name[0]);

	if (r < 0)
		return reply_fail_path(reply, r, "path");
	r = path_open_parent(w->root_fd, to, &two->dir_fd[1], two->name[1]);
	return r == 0 || reply_fail_path(reply, r, "to");
}

static void close_two(struct two *two)
{
	close_fd(&two->dir_fd[0]);
	close_fd(&two->dir_fd[1]);
}

static bool parse_how(const char *how, unsigned int *ret, struct reply *reply)
{
	if (!how || strcmp(how, "replace") == 0)
		*ret = 0;
	else if (strcmp(how, "no_replace") == 0)
		*ret = RENAME_NOREPLACE;
	else if (strcmp(how, "exchange") == 0)
		*ret = RENAME_EXCHANGE;
	else
		return reply_fail_field(reply, "how", "how: must be replace, no_replace or exchange");
	return true;
}

enum handled handle_rename(struct worker_self *w, const struct request_rename *request, struct reply *reply)
{
	struct two two = { .dir_fd = { -1, -1 } };
	unsigned int flags = 0;

	if (!parse_how(request->f_how, &flags, reply) || !worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	if (open_two(w, request->f_path, request->f_to, &two, reply)) {
		if (syscall(SYS_renameat2, two.dir_fd[0], two.name[0], two.dir_fd[1], two.name[1], flags) < 0)
			reply_fail_errno(reply, errno, "rename");
		else
			write_state(two.dir_fd[1], two.name[1], reply);
	}
	close_two(&two);
	return HANDLED_NOW;
}

enum handled handle_link(struct worker_self *w, const struct request_link *request, struct reply *reply)
{
	struct two two = { .dir_fd = { -1, -1 } };

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	if (open_two(w, request->f_path, request->f_to, &two, reply)) {
		if (linkat(two.dir_fd[0], two.name[0], two.dir_fd[1], two.name[1], 0) < 0)
			reply_fail_errno(reply, errno, "link");
		else
			write_state(two.dir_fd[1], two.name[1], reply);
	}
	close_two(&two);
	return HANDLED_NOW;
}

enum handled handle_symlink(struct worker_self *w, const struct request_symlink *request, struct reply *reply)
{
	_cleanup_close_ int dir_fd = -1;
	char name[PATH_NAME_SIZE];
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply))
		return HANDLED_NOW;
	r = path_open_parent(w->root_fd, request->f_path, &dir_fd, name);
	if (r == 0 && symlinkat(request->f_target, dir_fd, name) < 0)
		r = -errno;
	if (r < 0)
		reply_fail_path(reply, r, "path");
	else
		write_state(dir_fd, name, reply);
	return HANDLED_NOW;
}

static struct timespec time_of(int64_t us)
{
	int64_t rest = us % 1000000;

	if (us == NO_TIME)
		return (struct timespec){ .tv_nsec = UTIME_OMIT };
	if (rest < 0)
		rest += 1000000;
	return (struct timespec){ .tv_sec = (us - rest) / 1000000, .tv_nsec = rest * 1000 };
}

/* fchmod(2) refuses an O_PATH fd. The fd's entry in /proc names the same file, and no program can replace the entry. */
static int change_mode(int fd, mode_t mode)
{
	char own[OWN_FD_SIZE];

	fmt_text(own, sizeof(own), "/proc/self/fd/%d", fd);
	return chmod(own, mode) < 0 ? -errno : 0;
}

/* False: *reply names the attribute that failed. */
static bool change_xattrs(const struct worker_self *w, int fd, const struct request_set_attributes *request, struct reply *reply)
{
	_cleanup_close_ int dir_fd = -1;
	const char *name = "";
	struct xattrs_of of;
	int r;

	if (!request->f_xattrs.count && !request->f_xattrs_remove.count)
		return true;
	r = xattrs_of_request(&of, w->root_fd, request->f_path, fd, &dir_fd);
	if (r == 0)
		r = xattrs_change(&of, &request->f_xattrs, &request->f_xattrs_remove, &name);
	if (r == 0)
		return true;
	reply_fail_errno(reply, -r, "xattrs");
	reply->field = "xattrs";
	return reply_fail(reply, r == -EINVAL ? ERROR_INVALID_ARGUMENT : reply->code, "xattrs: %.128s: %s", name, errno_name(-r));
}

static int set_attributes(int fd, const struct request_set_attributes *request, const struct atomic_file_options *wish)
{
	struct timespec times[2] = { time_of(request->f_atime_us), time_of(request->f_mtime_us) };
	bool has_times = request->f_atime_us != NO_TIME || request->f_mtime_us != NO_TIME;
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* Linux keeps no mode for a symbolic link. */
	if (S_ISLNK(st.st_mode) && request->f_mode != NOT_GIVEN)
		return -ELOOP;
	if (wish->set_owner && fchownat(fd, "", wish->uid, wish->gid, AT_EMPTY_PATH) < 0)
		return -errno;
	if (request->f_mode != NOT_GIVEN)
		r = change_mode(fd, (mode_t)request->f_mode);
	if (r == 0 && has_times && utimensat(fd, "", times, AT_EMPTY_PATH) < 0)
		r = -errno;
	return r;
}

enum handled handle_set_attributes(struct worker_self *w, const struct request_set_attributes *request, struct reply *reply)
{
	_cleanup_close_ int fd = -1;
	struct atomic_file_options wish = { 0 };
	struct stat st;
	int r;

	if (!worker_enter(w, request->f_user, request->f_root, reply) || !write_options_owner(request->f_owner, &wish, reply))
		return HANDLED_NOW;
	fd = path_open(w->root_fd, request->f_path, O_PATH | (request->f_follow ? 0 : O_NOFOLLOW), 0);
	r = fd < 0 ? fd : set_attributes(fd, request, &wish);
	if (r == 0 && !change_xattrs(w, fd, request, reply))
		return HANDLED_NOW;
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		reply_fail_path(reply, r, "path");
	else
		file_write_info(&st, reply->result);
	return HANDLED_NOW;
}
