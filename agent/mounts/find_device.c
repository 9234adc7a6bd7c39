/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the search among the block devices of /sys.
 *
 * Never: opens a file that is no block device, writes.
 */
#include "agent/mounts/find_device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"
#include "common/io.h"

#define DEVICES_MAX 1024	/* the most that are looked at */
/* A change in /dev starts another search; so does this time, in ms, as /dev may be no devtmpfs and report no change. */
#define LOOK_AGAIN_MS 250

int find_device_probe(const char *path, struct superblock *ret)
{
	static uint8_t bytes[SUPERBLOCK_BYTES];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	while (len < sizeof(bytes)) {
		ssize_t n = io_read_at(fd, bytes + len, sizeof(bytes) - len, len);

		if (n < 0 && len == 0)
			return (int)n;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return superblock_parse(bytes, len, ret) ? 0 : -EINVAL;
}

/* The kernel writes a slash of a device's name as ! in /sys. */
static void device_path(const char *name, char *ret, size_t size)
{
	fmt_text(ret, size, "/dev/%s", name);
	for (char *at = ret; (at = strchr(at, '!')); at++)
		*at = '/';
}

static int find_tag(const char *tag, char *ret, size_t size)
{
	DIR *dir = opendir("/sys/class/block");
	const struct dirent *entry;
	char path[FIND_DEVICE_PATH_SIZE];
	bool found = false;

	if (!dir)
		return -errno;
	for (int i = 0; i < DEVICES_MAX && (entry = readdir(dir)); i++) {
		struct superblock probe;

		if (entry->d_name[0] == '.')
			continue;
		device_path(entry->d_name, path, sizeof(path));
		if (found && strcmp(path, ret) > 0)
			continue;
		if (find_device_probe(path, &probe) < 0 || !superblock_matches(&probe, tag))
			continue;
		fmt_text(ret, size, "%s", path);
		found = true;
	}
	closedir(dir);
	return found ? 0 : -ENOENT;
}

static int look(const char *source, char *ret, size_t size)
{
	struct stat st;

	if (superblock_is_tag(source))
		return find_tag(source, ret, size);
	if (stat(source, &st) < 0)
		return -errno;
	fmt_text(ret, size, "%s", source);
	return 0;
}

/* Waits for a change in /dev; at most LOOK_AGAIN_MS. */
static void wait_for_change(int inotify_fd, int64_t left_us)
{
	struct pollfd fd = { .fd = inotify_fd, .events = POLLIN };
	int64_t ms = left_us / 1000 + 1;
	char events[1024];

	if (io_poll(&fd, 1, ms < LOOK_AGAIN_MS ? (int)ms : LOOK_AGAIN_MS) > 0)
		while (io_read(inotify_fd, events, sizeof(events)) > 0)
			;
}

int find_device(const char *source, int64_t deadline_us, char *ret, size_t size)
{
	_cleanup_close_ int inotify_fd = -1;
	int r;

	/* The watch is set before the first search, so that no device is missed in between. */
	if (deadline_us > clock_boot_us()) {
		inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		inotify_add_watch(inotify_fd, "/dev", IN_CREATE | IN_ATTRIB | IN_MOVED_TO);
	}
	for (;;) {
		int64_t left_us;

		r = look(source, ret, size);
		left_us = deadline_us - clock_boot_us();
		if (r != -ENOENT || left_us <= 0)
			return r;
		wait_for_change(inotify_fd, left_us);
	}
}
