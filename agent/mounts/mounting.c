/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the steps of a mount: source, type, mount point, mount(2), flags, growth.
 *
 * Never: runs in the agent itself, as every call here may hang; mounts over a directory that the guest needs to run.
 */
#include "agent/mounts/mounting.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/limits.h"
#include "agent/mounts/find_device.h"
#include "agent/mounts/mount_options.h"
#include "agent/mounts/mount_table.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"
#include "common/io.h"

#define EXT4_RESIZE_FS _IOW('f', 16, uint64_t)
#define MAKE_MODE 0755
#define RETRY_US 100000
#define FD_PATH_SIZE 32

struct worker_self {
	const struct config_mount *wish;
	int out_fd;
	int64_t deadline_us;
	struct mount_options options;
	char source[PATH_MAX];
	const char *type;		/* NULL for a bind */
	struct superblock probe;		/* its type is NULL if nothing was probed */
	char target[PATH_MAX];		/* absolute path without symbolic links */
	bool already;
	uint64_t grown_bytes;
};

/* No mount may have these targets. In /run nothing above /run/pith either. */
static const char *const forbidden[] = { "/", "/proc", "/sys", "/sys/fs", "/sys/fs/cgroup", "/dev", "/run", "/run/pith" };

static const char *check_place(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (strcmp(path, forbidden[i]) == 0)
			return "is a directory that the guest needs";
	return NULL;
}

const char *mounting_check_target(const char *target)
{
	size_t len = strlen(target);

	if (target[0] != '/')
		return "must be an absolute path";
	if (strstr(target, "//") || strstr(target, "/./") || strstr(target, "/../"))
		return "must be a path without // . and ..";
	if ((len > 1 && target[len - 1] == '/') || (len >= 2 && strcmp(target + len - 2, "/.") == 0) ||
	    (len >= 3 && strcmp(target + len - 3, "/..") == 0))
		return "must be a path without // . and .., and not end in /";
	return check_place(target);
}

const char *mounting_check(const struct config_mount *wish, const char **ret_key)
{
	*ret_key = "target";
	if (mounting_check_target(wish->f_target))
		return mounting_check_target(wish->f_target);
	*ret_key = "source";
	if (!wish->f_source && !wish->f_type)
		return "missing, and type is missing too";
	*ret_key = "type";
	if (wish->f_type && strchr(wish->f_type, '/'))
		return "must be the name of a file system";
	return NULL;
}

uint64_t mounting_timeout_ms(const struct config_mount *wish)
{
	return wish->f_wait_ms + wish->f_timeout_ms;
}

/* Writes what failed to out_fd, and returns r. */
static __attribute__((format(printf, 3, 4))) int fail(const struct worker_self *w, int r, const char *format, ...)
{
	char text[256];
	va_list args;
	size_t len;

	va_start(args, format);
	len = fmt_text_v(text, sizeof(text), format, args);
	va_end(args);
	(void)io_write(w->out_fd, text, len);
	return r;
}

static bool is_bind(const struct worker_self *w)
{
	return w->options.flags & MS_BIND;
}

static int take_options(struct worker_self *w)
{
	const char *type = w->wish->f_type;
	int r = mount_options_parse(&w->wish->f_options, &w->options);

	if (r < 0)
		return fail(w, r, "options: longer than a page");
	if (type && (strcmp(type, "bind") == 0 || strcmp(type, "rbind") == 0)) {
		w->options.flags |= type[0] == 'r' ? MS_BIND | MS_REC : MS_BIND;
		type = NULL;
	}
	w->type = is_bind(w) ? NULL : type;
	return 0;
}

static bool names_device(const char *source)
{
	return strncmp(source, "/dev/", 5) == 0 || superblock_is_tag(source);
}

static int find_source(struct worker_self *w)
{
	const char *source = w->wish->f_source;
	int r;

	fmt_text(w->source, sizeof(w->source), "%s", source ? source : w->type ? w->type : "none");
	if (!source || !names_device(source))
		return 0;
	r = find_device(source, w->deadline_us, w->source, sizeof(w->source));
	return r < 0 ? fail(w, r, "%s%s", superblock_is_tag(source) ? "no device has " : "", source) : 0;
}

static int find_type(struct worker_self *w)
{
	int r;

	if (is_bind(w) || (w->options.flags & MS_REMOUNT))
		return 0;
	if (names_device(w->source)) {
		r = find_device_probe(w->source, &w->probe);
		if (r < 0 && !w->type)
			return fail(w, r, "%s%s", w->source, r == -EINVAL ? ": no known file system; give type" : "");
	}
	w->type = w->type ? w->type : w->probe.type;
	return w->type ? 0 : fail(w, -EINVAL, "%s: is no device; give type", w->source);
}

/* Makes missing directories of the path; existing ones stay as they are. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = mkdir(path, MAKE_MODE) < 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_target(const struct worker_self *w)
{
	char path[PATH_MAX];
	struct stat st;
	int r, fd;

	if (!w->wish->f_make_target || stat(w->wish->f_target, &st) == 0)
		return 0;
	fmt_text(path, sizeof(path), "%s", w->wish->f_target);
	r = make_parents(path);
	if (r < 0)
		return r;
	if (!is_bind(w) || stat(w->source, &st) < 0 || S_ISDIR(st.st_mode))
		return mkdir(path, MAKE_MODE) < 0 && errno != EEXIST ? -errno : 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Checks the opened directory's real path: a symbolic link of the guest must not lead to a forbidden target. */
static int open_target(struct worker_self *w, int *ret_fd)
{
	char link[FD_PATH_SIZE];
	ssize_t n;
	int r = make_target(w);

	if (r < 0)
		return fail(w, r, "%s cannot be made", w->wish->f_target);
	*ret_fd = open(w->wish->f_target, O_PATH | O_CLOEXEC);
	if (*ret_fd < 0)
		return fail(w, -errno, "%s", w->wish->f_target);
	fmt_text(link, sizeof(link), "/proc/self/fd/%d", *ret_fd);
	n = readlink(link, w->target, sizeof(w->target) - 1);
	if (n < 0)
		return fail(w, -errno, "%s", link);
	w->target[n] = '\0';
	if (!(w->options.flags & MS_REMOUNT) && check_place(w->target))
		return fail(w, -EPERM, "%s is a directory that the guest needs", w->target);
	return 0;
}

/* True: the same device, or the same source and type, or for a bind the same directory, is mounted on the target. */
static bool is_mounted(const struct worker_self *w)
{
	static struct mount_entry entry;
	struct stat source, target;

	if ((w->options.flags & MS_REMOUNT) || mount_table_find(w->target, &entry) < 0)
		return false;
	if (is_bind(w))
		return stat(w->source, &source) == 0 && stat(w->target, &target) == 0 && source.st_dev == target.st_dev &&
		       source.st_ino == target.st_ino;
	if (strcmp(entry.type, w->type) != 0)
		return false;
	return strcmp(entry.source, w->source) == 0 || (stat(w->source, &source) == 0 && S_ISBLK(source.st_mode) &&
							 source.st_rdev == entry.device);
}

/* True: the errno of a device that may still appear. virtiofs reports EINVAL for an unknown tag. */
static bool may_come(int error_number)
{
	return error_number == ENOENT || error_number == ENXIO || error_number == EINVAL || error_number == ECONNREFUSED;
}

static int call_mount(const struct worker_self *w, const char *at)
{
	unsigned long flags = w->options.flags;
	const char *type = w->type;
	/* A bind takes no data, and its flags need a second call. */
	const char *data = is_bind(w) || !w->options.data[0] ? NULL : w->options.data;
	bool may_wait = w->wish->f_source && !names_device(w->wish->f_source) && !is_bind(w);

	if (is_bind(w) && !(flags & MS_REMOUNT))
		flags &= MS_BIND | MS_REC;
	for (;;) {
		int r = mount(w->source, at, type, flags, data) < 0 ? -errno : 0;

		/* ENODEV: kernels may have ext4's driver alone, which serves ext2 and ext3 too. */
		if (r == -ENODEV && type && w->probe.type == type && strcmp(type, "ext4") != 0 && strncmp(type, "ext", 3) == 0)
			type = "ext4";
		else if (r == 0 || !may_wait || !may_come(-r) || clock_boot_us() >= w->deadline_us)
			return r;
		else
			usleep(RETRY_US);
	}
}

/* Sets a bind's flags and the propagation. A failure undoes the mount: a mount with fewer restrictions than requested is a danger. */
static int finish(const struct worker_self *w)
{
	unsigned long wanted = w->options.flags & ~(unsigned long)(MS_REC | MS_SILENT);
	int r = 0;

	if (is_bind(w) && !(wanted & MS_REMOUNT) && wanted != MS_BIND)
		r = mount(NULL, w->target, NULL, wanted | MS_REMOUNT, NULL) < 0 ? -errno : 0;
	if (r == 0 && w->options.propagation)
		r = mount(NULL, w->target, NULL, w->options.propagation, NULL) < 0 ? -errno : 0;
	if (r < 0 && !(wanted & MS_REMOUNT))
		umount2(w->target, MNT_DETACH | UMOUNT_NOFOLLOW);
	return r;
}

static int grow(struct worker_self *w)
{
	_cleanup_close_ int device = open(w->source, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int top = open(w->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t bytes, blocks;

	if (device < 0 || top < 0 || ioctl(device, BLKGETSIZE64, &bytes) < 0)
		return -errno;
	if (!w->probe.block_bytes)
		return -EOPNOTSUPP;
	blocks = bytes / w->probe.block_bytes;
	w->grown_bytes = blocks * w->probe.block_bytes;
	return ioctl(top, EXT4_RESIZE_FS, &blocks) < 0 ? -errno : 0;
}

static int tell(const struct worker_self *w)
{
	struct buf b = BUF_INIT(LIMIT_JOB_OUT_BYTES);
	int r;

	file_write_name(&b, "target", w->target);
	if (w->type)
		jsonw_string(&b, "type", w->type);
	file_write_name(&b, "source", w->source);
	jsonw_bool(&b, "already", w->already);
	if (w->grown_bytes)
		jsonw_count(&b, "grown_bytes", w->grown_bytes);
	r = b.failed || io_write(w->out_fd, b.data, b.len) < 0 ? -ENOMEM : 0;
	buf_deinit(&b);
	return r;
}

int mounting_run(void *arg, int out_fd)
{
	static struct worker_self w;
	char at[FD_PATH_SIZE];
	int r, fd = -1;

	w.wish = arg;
	w.out_fd = out_fd;
	w.deadline_us = clock_boot_us() + (int64_t)w.wish->f_wait_ms * 1000;
	r = take_options(&w);
	if (r == 0)
		r = find_source(&w);
	if (r == 0)
		r = find_type(&w);
	if (r == 0)
		r = open_target(&w, &fd);
	if (r < 0)
		return r;
	w.already = is_mounted(&w);
	if (!w.already) {
		fmt_text(at, sizeof(at), "/proc/self/fd/%d", fd);
		r = call_mount(&w, w.options.flags & MS_REMOUNT ? w.target : at);
		if (r < 0)
			return fail(&w, r, "mount of %s", w.source);
		r = finish(&w);
		if (r < 0)
			return fail(&w, r, "flags of %s", w.target);
	}
	if (w.wish->f_grow) {
		r = grow(&w);
		if (r < 0)
			return fail(&w, r, "%s is mounted, but does not grow", w.target);
	}
	return tell(&w);
}
