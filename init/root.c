/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the change from the kernel's root (an initramfs, in most cases) to the root of the command line.
 *
 *	BASE/lower	a disk, read-only if there is an overlay
 *	BASE/upper	the overlay's writable layer: a tmpfs or a disk, with the directories `upper` and `work`
 *	BASE/root	the overlay
 *
 * The early mounts move into the new root, and the new root moves over the old one, whose files are then removed if they
 * are in memory. The layers have no path after that.
 *
 * Never: removes a file of a file system that is not in memory, waits longer than rootwait_ms.
 */
#include "init/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"
#include "init/log.h"
#include "init/mounts.h"

#define BASE "/.pith-root"
#define LOWER BASE "/lower"
#define UPPER BASE "/upper"
#define ROOT BASE "/root"
#define LAYERS "lowerdir=" LOWER ",upperdir=" UPPER "/upper,workdir=" UPPER "/work"

static char failure[ROOT_FAILURE_MAX];
static int upper_fd = -1;

/* Logs a failure, and keeps its text for the agent. Returns error. */
static int fail(int error, const char *step, const char *what)
{
	log_failed(error, "root: %s %s", step, what);
	fmt_text(failure, sizeof(failure), "%s %s: %s (errno %d)", step, what, strerror(-error), -error);
	return error;
}

static bool is_there(const char *device)
{
	struct stat st;

	return stat(device, &st) == 0;
}

/* Waits for a device's path to appear. A tag (of virtiofs or 9p) is not a path and needs no wait. */
static int wait_for_device(const char *device, int64_t deadline_us)
{
	if (device[0] != '/')
		return 0;
	while (!is_there(device)) {
		if (clock_us(CLOCK_MONOTONIC) >= deadline_us)
			return -ENOENT;
		poll(NULL, 0, ROOT_LOOK_MS);
	}
	return 0;
}

static int mount_as(const char *source, const char *target, const char *type, unsigned long flags)
{
	const char *data = strcmp(type, "9p") == 0 ? "trans=virtio,version=9p2000.L" : NULL;

	if (mount(source, target, type, flags, data) == 0)
		return 0;
	/* A write-protected disk is mounted read-only. */
	if ((errno == EACCES || errno == EROFS) && mount(source, target, type, flags | MS_RDONLY, data) == 0)
		return 0;
	return -errno;
}

/* Without a type each type is tried; a type that logs a wrong superblock even when silenced comes last. */
static int mount_source(const char *source, const char *target, const char *type, unsigned long flags)
{
	static const char *const types[] = { "ext4", "squashfs", "xfs", "btrfs", "erofs" };
	int result = -ENODEV;

	flags |= MS_SILENT;
	if (type[0])
		return mount_as(source, target, type, flags);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int r = mount_as(source, target, types[i], flags);

		if (r == 0)
			return 0;
		/* The error of a known file system is more useful than ENODEV of an unknown one. */
		if (r != -ENODEV)
			result = r;
	}
	return result;
}

static int mount_upper(const struct options *options, int64_t deadline_us)
{
	static const char in_memory[] = "tmpfs";
	const char *source = options->overlay.text;
	char data[sizeof(options->overlay.text) + sizeof("mode=0755,size=")];
	int r;

	if (source[0] != '/') {
		const char *size = source + strlen(in_memory);

		fmt_text(data, sizeof(data), *size ? "mode=0755,size=%s" : "mode=0755", size + 1);
		r = mount(in_memory, UPPER, in_memory, 0, data) < 0 ? -errno : 0;
	} else {
		r = wait_for_device(source, deadline_us);
		if (r == 0)
			r = mount_source(source, UPPER, "", 0);
	}
	if (r < 0)
		return fail(r, "mount", source);
	upper_fd = open(UPPER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int mount_overlay(void)
{
	static const char *const directories[] = { UPPER "/upper", UPPER "/work" };

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdir(directories[i], 0755) < 0 && errno != EEXIST)
			return fail(-errno, "mkdir", directories[i]);
	if (mount("overlay", ROOT, "overlay", 0, LAYERS) < 0)
		return fail(-errno, "mount", "overlay");
	return 0;
}

/* Detaches the layers, which the overlay keeps open itself. Fails without harm for a layer that is not mounted. */
static void forget_layers(void)
{
	umount2(UPPER, MNT_DETACH);
	umount2(LOWER, MNT_DETACH);
}

static int assemble(const struct options *options)
{
	static const char *const directories[] = { BASE, LOWER, UPPER, ROOT };
	int64_t deadline_us = clock_us(CLOCK_MONOTONIC) + (int64_t)options->rootwait_ms * 1000;
	const char *device = options->root.text;
	bool layered = options->overlay.text[0];
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdir(directories[i], 0755) < 0 && errno != EEXIST)
			return fail(-errno, "mkdir", directories[i]);
	r = wait_for_device(device, deadline_us);
	if (r == 0)
		r = mount_source(device, layered ? LOWER : ROOT, options->rootfstype.text, layered ? MS_RDONLY : 0);
	if (r < 0)
		return fail(r, "mount", device);
	if (!layered)
		return 0;
	r = mount_upper(options, deadline_us);
	if (r == 0)
		r = mount_overlay();
	forget_layers();
	return r;
}

static void remove_tree(int dir, dev_t device, int depth)
{
	char entries[2048];
	long n;

	while ((n = syscall(SYS_getdents64, dir, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < n;) {
			/* The kernel aligns its records for this struct. */
			const struct dirent *entry = (const struct dirent *)(const void *)(entries + at);
			_cleanup_close_ int sub = -1;
			struct stat st;

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
				continue;
			if (unlinkat(dir, entry->d_name, 0) == 0 || depth == ROOT_DEPTH_MAX)
				continue;
			sub = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (sub < 0 || fstat(sub, &st) < 0 || st.st_dev != device)
				continue;
			remove_tree(sub, device, depth + 1);
			unlinkat(dir, entry->d_name, AT_REMOVEDIR);
		}
	}
}

/* In a child: the boot does not wait, and PID 1 does not walk a foreign directory tree. */
static void free_old_root(int old)
{
	struct statfs fs;
	struct stat st;

	if (old < 0 || fstatfs(old, &fs) < 0 || fstat(old, &st) < 0 || (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC))
		return;
	if (fork() != 0)
		return;
	remove_tree(old, st.st_dev, 0);
	_exit(0);
}

static int switch_root(void)
{
	_cleanup_close_ int old = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (chdir(ROOT) < 0)
		return fail(-errno, "chdir", ROOT);
	mounts_move(ROOT);
	/* If the move fails (the old root is shared with other namespaces), the mounts of both roots stay visible. */
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		log_failed(errno, "root: move to /");
	if (chroot(".") < 0)
		return fail(-errno, "chroot", ROOT);
	free_old_root(old);
	return 0;
}

int root_enter(const struct options *options)
{
	int r = assemble(options);

	if (r == 0)
		return switch_root();
	close_fd(&upper_fd);
	umount2(ROOT, MNT_DETACH);
	return r;
}

const char *root_failure(void)
{
	return failure;
}

int root_upper_fd(void)
{
	return upper_fd;
}

void root_start_shell(void)
{
	static char name[] = "sh";
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const argv[] = { name, NULL };
	char *const environment[] = { path, NULL };
	sigset_t none;

	if (fork() != 0)
		return;
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve("/bin/sh", argv, environment);
	log_failed(errno, "/bin/sh");
	_exit(127);
}
