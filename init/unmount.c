/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns unmounting. What is still busy is remounted read-only, so that the disk is clean, and detached. File systems that live in
 * memory only are left.
 *
 * Never: makes a file system read-only from within a container, where it may be the host's.
 */
#include "unmount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "init/log.h"

#define INITIAL_PID_NAMESPACE 0xEFFFFFFCu /* PROC_PID_INIT_INO of the kernel, the same on every machine */

static bool is_in_memory(const char *type)
{
	static const char *const types[] = { "proc",  "sysfs",	 "devtmpfs",  "devpts",	 "tmpfs",
					     "cgroup2", "rootfs", "securityfs", "debugfs", "tracefs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static bool owns_machine(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INITIAL_PID_NAMESPACE;
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

static bool unmount_one(const char *target)
{
	if (umount2(target, UMOUNT_NOFOLLOW) == 0) {
		log_say(LOG_DEBUG, "unmounted %s", target);
		return true;
	}
	if (errno == EBUSY && owns_machine() && mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		log_failed(errno, "remount %s read-only", target);
	if (umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
		log_say(LOG_INFO, "%s was busy: detached", target);
		return true;
	}
	log_failed(errno, "unmount %s", target);
	return false;
}

/* line is "source target type options 0 0". Returns whether a mount is gone. */
static bool unmount_line(char *line)
{
	char *fields[3];
	char *saved = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strtok_r(i ? NULL : line, " ", &saved);
		if (!fields[i])
			return false;
	}
	unescape(fields[1]);
	if (is_in_memory(fields[2]) || strcmp(fields[1], "/") == 0)
		return false;
	return unmount_one(fields[1]);
}

/* Last line first. Returns whether a mount is gone. */
static bool unmount_round(char *list, size_t len)
{
	bool progress = false;

	while (len > 0) {
		char *line;

		if (list[len - 1] == '\n')
			list[--len] = '\0';
		line = memrchr(list, '\n', len);
		line = line ? line + 1 : list;
		if (*line && unmount_line(line))
			progress = true;
		len = (size_t)(line - list);
	}
	return progress;
}

void unmount_all(void)
{
	static char list[UNMOUNT_LIST_MAX];

	for (int round = 0; round < UNMOUNT_ROUNDS; round++) {
		ssize_t n = io_read_text(AT_FDCWD, "/proc/self/mounts", list, sizeof(list));

		if (n < 0) {
			log_failed((int)n, "/proc/self/mounts");
			break;
		}
		if (!unmount_round(list, (size_t)n))
			break;
	}
	if (owns_machine() && mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0 && errno != EINVAL)
		log_failed(errno, "remount / read-only");
}
