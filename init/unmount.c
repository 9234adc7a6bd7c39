/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns unmounting. A busy file system is remounted read-only, or else frozen, so that its disk is clean, and detached. File
 * systems in memory stay mounted.
 *
 * Never: remounts, freezes or thaws a file system from within a container, where it may belong to the host.
 */
#include "init/unmount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/procfs.h"
#include "init/log.h"
#include "init/machine.h"
#include "init/root.h"

enum visit {
	VISIT_THAW,
	VISIT_UNMOUNT,
};

static bool is_in_memory(const char *type)
{
	static const char *const types[] = { "proc",  "sysfs",	 "devtmpfs",  "devpts",	 "tmpfs",
					     "cgroup2", "rootfs", "securityfs", "debugfs", "tracefs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes space, tab, newline, # and backslash as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (p[0] == '\\' && is_octal(p[1]) && is_octal(p[2]) && is_octal(p[3])) {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

/* A file system that cannot be made read-only (a blocked process still writes) is frozen, which leaves its disk clean. */
static void freeze(int fd, const char *path)
{
	if (fd >= 0 && ioctl(fd, FIFREEZE, 0) == 0)
		log_say(LOG_INFO, "%s is still written to: frozen", path);
}

static void make_read_only(const char *path)
{
	_cleanup_close_ int fd = -1;

	if (!machine_is_ours() || mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0 || errno == EINVAL)
		return;
	log_failed(errno, "remount %s read-only", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	freeze(fd, path);
}

static bool unmount_one(const char *target)
{
	if (umount2(target, UMOUNT_NOFOLLOW) == 0) {
		log_say(LOG_DEBUG, "unmounted %s", target);
		return true;
	}
	if (errno == EBUSY)
		make_read_only(target);
	if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
		log_say(LOG_INFO, "%s was busy: detached", target);
		return true;
	}
	log_failed(errno, "unmount %s", target);
	return false;
}

/* In a child, so that a dead server or disk does not block the other unmounts. */
static bool unmount_apart(const char *target)
{
	struct pollfd end = { .events = POLLIN };
	_cleanup_close_ int pidfd = -1;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return unmount_one(target);
	if (pid == 0)
		_exit(!unmount_one(target));
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	end.fd = pidfd;
	(void)poll(&end, 1, UNMOUNT_ONE_MS);
	if (waitpid(pid, &status, WNOHANG) == pid)
		return WIFEXITED(status) && WEXITSTATUS(status) == 0;
	log_say(LOG_QUIET, "unmount %s is not done after %d ms; going on", target, UNMOUNT_ONE_MS);
	return false;
}

static bool thaw_one(const char *target)
{
	_cleanup_close_ int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, FITHAW, 0) == 0)
		log_say(LOG_INFO, "%s was frozen: thawed", target);
	return false;
}

/* line is "source target type options 0 0". Returns true if a mount was removed. */
static bool visit_line(char *line, enum visit visit)
{
	char *fields[3];
	char *saved = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strtok_r(i ? NULL : line, " ", &saved);
		if (!fields[i])
			return false;
	}
	unescape(fields[1]);
	/* Only file systems on disks can be frozen; a call to a dead server could block. */
	if (visit == VISIT_THAW)
		return fields[0][0] == '/' && strncmp(fields[2], "fuse", 4) != 0 && thaw_one(fields[1]);
	if (is_in_memory(fields[2]) || strcmp(fields[1], "/") == 0)
		return false;
	return unmount_apart(fields[1]);
}

/* Visits the last line first. Returns true if a mount was removed. */
static bool visit_all(char *list, size_t len, enum visit visit)
{
	bool progress = false;

	while (len > 0) {
		char *line;

		if (list[len - 1] == '\n')
			list[--len] = '\0';
		line = memrchr(list, '\n', len);
		line = line ? line + 1 : list;
		if (*line && visit_line(line, visit))
			progress = true;
		len = (size_t)(line - list);
	}
	return progress;
}

static void visit_mounts(enum visit visit)
{
	static char list[UNMOUNT_LIST_MAX];

	for (int round = 0; round < UNMOUNT_ROUNDS; round++) {
		ssize_t n = procfs_read_text("/proc/self/mounts", list, sizeof(list));

		if (n < 0) {
			log_failed((int)n, "/proc/self/mounts");
			break;
		}
		if (!visit_all(list, (size_t)n, visit))
			break;
	}
}

void unmount_thaw(void)
{
	if (!machine_is_ours())
		return;
	if (root_upper_fd() >= 0)
		(void)ioctl(root_upper_fd(), FITHAW, 0);
	visit_mounts(VISIT_THAW);
}

void unmount_all(void)
{
	visit_mounts(VISIT_UNMOUNT);
	make_read_only("/");
	/* The overlay's disk has no path for umount(2); a frozen file system is as clean as an unmounted one. */
	if (machine_is_ours() && root_upper_fd() >= 0 && ioctl(root_upper_fd(), FIFREEZE, 0) < 0 && errno != EOPNOTSUPP)
		log_failed(errno, "freeze the disk of the overlay");
}
