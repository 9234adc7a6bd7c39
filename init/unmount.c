/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns unmounting. What is still busy is remounted read-only, or else frozen, so that the disk is clean, and detached. File
 * systems that live in memory only are left.
 *
 * Never: makes a file system read-only, freezes or thaws it from within a container, where it may be the host's.
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

/* What cannot be made read-only (somebody in an endless call still writes) is left as a snapshot would find it. */
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

/* In a process of its own, as a dead server or disk must not keep the others from being put away. */
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

/* line is "source target type options 0 0". Returns whether a mount is gone. */
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
	/* A disk can be frozen; a server is better not asked. */
	if (visit == VISIT_THAW)
		return fields[0][0] == '/' && strncmp(fields[2], "fuse", 4) != 0 && thaw_one(fields[1]);
	if (is_in_memory(fields[2]) || strcmp(fields[1], "/") == 0)
		return false;
	return unmount_apart(fields[1]);
}

/* Last line first. Returns whether a mount is gone. */
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
	/* The overlay's disk has no path to be unmounted by; frozen, it is as clean as an unmounted one. */
	if (machine_is_ours() && root_upper_fd() >= 0 && ioctl(root_upper_fd(), FIFREEZE, 0) < 0 && errno != EOPNOTSUPP)
		log_failed(errno, "freeze the disk of the overlay");
}
