/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the early mounts: one row each, in order. A target that is a mount already stays as it is (a kernel with
 * CONFIG_DEVTMPFS_MOUNT, an initramfs that handed over, a container).
 *
 * Never: stops at a failed mount, mounts over a mount.
 */
#include "init/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "init/log.h"

struct mount_row {
	const char *target;
	const char *type;
	const char *instead;	/* type to mount if the kernel does not know `type`, or NULL */
	unsigned long flags;
	const char *data;
};

static const struct mount_row mount_rows[] = {
	{ "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "/dev", "devtmpfs", "tmpfs", MS_NOSUID, "mode=0755" },
	/* Group 5 is tty in all distributions. */
	{ "/dev/pts", "devpts", NULL, MS_NOSUID | MS_NOEXEC, "mode=0620,gid=5,ptmxmode=0666" },
	{ "/dev/shm", "tmpfs", NULL, MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "/run", "tmpfs", NULL, MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "/tmp", "tmpfs", NULL, MS_NOSUID | MS_NODEV, "mode=1777" },
	/* memory_recursiveprot: limits of `work` hold for its subtree. nsdelegate: no process leaves a delegated subtree. */
	{ "/sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate,memory_recursiveprot" },
};

struct node_row {
	const char *path;
	mode_t mode;
	unsigned int major;
	unsigned int minor;
};

/* The nodes that devtmpfs makes, for kernels without devtmpfs. */
static const struct node_row node_rows[] = {
	{ "/dev/console", 0600, 5, 1 }, { "/dev/kmsg", 0644, 1, 11 },  { "/dev/null", 0666, 1, 3 },
	{ "/dev/zero", 0666, 1, 5 },	{ "/dev/full", 0666, 1, 7 },   { "/dev/random", 0666, 1, 8 },
	{ "/dev/urandom", 0666, 1, 9 }, { "/dev/tty", 0666, 5, 0 },    { "/dev/ptmx", 0666, 5, 2 },
};

/* The links that devtmpfs does not make. */
static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* True if path is the root of a mount. */
static bool is_mount(const char *path)
{
	char parent[64];
	struct stat here;
	struct stat above;

	fmt_text(parent, sizeof(parent), "%s/..", path);
	return stat(path, &here) == 0 && stat(parent, &above) == 0 && here.st_dev != above.st_dev;
}

/* Makes path with its parents, mode 0755; existing directories keep their mode. Returns 0 or -errno. */
static int make_directories(const char *path)
{
	char part[64];
	size_t len = strlen(path);
	int r = 0;

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		/* mkdir() of an existing directory gives EEXIST on a read-only root too. */
		r = mkdir(part, 0755) < 0 && errno != EEXIST ? -errno : 0;
	}
	return r;
}

static void mount_one(const struct mount_row *row)
{
	int r;

	if (is_mount(row->target))
		return;
	r = make_directories(row->target);
	if (r < 0) {
		log_failed(r, "mount %s: mkdir", row->target);
		return;
	}
	if (mount(row->type, row->target, row->type, row->flags, row->data) == 0)
		return;
	r = -errno;
	if (r == -EBUSY)
		return; /* EBUSY: the same file system is mounted there already */
	log_failed(r, "mount %s on %s", row->type, row->target);
	if (r != -ENODEV || !row->instead)
		return;
	if (mount(row->instead, row->target, row->instead, row->flags, row->data) < 0)
		log_failed(errno, "mount %s on %s", row->instead, row->target);
}

static void complete_dev(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(node_rows); i++) {
		const struct node_row *row = &node_rows[i];

		if (mknod(row->path, S_IFCHR | row->mode, makedev(row->major, row->minor)) < 0 && errno != EEXIST)
			log_failed(errno, "mknod %s", row->path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
			log_failed(errno, "symlink %s", links[i][1]);
}

/* The root of an initramfs without an entry for / has mode 1777, in which any user could make /root or /lib. */
static void close_root(void)
{
	struct stat st;

	if (stat("/", &st) == 0 && (st.st_mode & 07777) == 01777 && chmod("/", 0755) < 0)
		log_failed(errno, "chmod /");
}

void mounts_early(void)
{
	int r;

	/* So that the modes above are not masked. */
	umask(0);
	close_root();
	for (size_t i = 0; i < ARRAY_SIZE(mount_rows); i++)
		mount_one(&mount_rows[i]);
	complete_dev();
	r = make_directories("/run/pith");
	if (r < 0)
		log_failed(r, "mkdir /run/pith");
	umask(022);
}

void mounts_move(const char *root)
{
	for (size_t i = 0; i < ARRAY_SIZE(mount_rows); i++) {
		const char *target = mount_rows[i].target;
		char to[64];
		int r;

		/* A mount below another one moves together with it. */
		if (strchr(target + 1, '/') || !is_mount(target))
			continue;
		fmt_text(to, sizeof(to), "%s%s", root, target);
		r = make_directories(to);
		if (r == 0 && mount(target, to, NULL, MS_MOVE, NULL) < 0)
			r = -errno;
		if (r < 0)
			log_failed(r, "move %s to the new root", target);
	}
}
