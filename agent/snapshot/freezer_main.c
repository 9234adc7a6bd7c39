/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the freezer's own process: which file systems are frozen, in which order, and the system calls that may hang.
 *
 * File systems are frozen in the reverse order of their mounts: one that lies on another (a loop device) was mounted
 * after it. A file system with several mounts counts at its first one.
 *
 * Never: looks at a mount that is not on a disk (a dead server would hang the call), leaves a file system frozen after
 * a thaw command.
 */
#include "agent/snapshot/freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/core/pass_fds.h"
#include "agent/mounts/mount_table.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"
#include "common/io.h"

static int *fds;

/* File systems in memory or on a server that are reported; proc, sysfs and others are not. */
static bool is_told(const char *type)
{
	static const char *const types[] = { "tmpfs", "ramfs", "overlay", "9p", "virtiofs", "nfs", "nfs4", "cifs", "ceph" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return strncmp(type, "fuse", 4) == 0;
}

/* A file system on a device. btrfs and bcachefs have a device, but report the number 0 for it. */
static bool is_on_disk(const struct mountinfo *mount)
{
	if (strncmp(mount->type, "fuse", 4) == 0)
		return false;
	return mount->major != 0 || strcmp(mount->type, "btrfs") == 0 || strcmp(mount->type, "bcachefs") == 0;
}

static struct freeze_note *find(struct freeze_block *block, const struct mountinfo *mount)
{
	for (uint32_t i = 0; i < block->count; i++)
		if (block->note[i].major == mount->major && block->note[i].minor == mount->minor)
			return &block->note[i];
	return NULL;
}

/* Opens a mount point that is a directory or a regular file; opening a device has effects. -errno; -ESTALE: another type of file. */
static int open_mount(const struct mountinfo *mount)
{
	char link[32];
	struct stat st;
	_cleanup_close_ int fd = open(mount->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int real;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return -ESTALE;
	if (mount->major != 0 && st.st_dev != makedev(mount->major, mount->minor))
		return -ESTALE;
	fmt_text(link, sizeof(link), "/proc/self/fd/%d", fd);
	real = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return real < 0 ? -errno : real;
}

static bool take(const struct mountinfo *mount, void *data)
{
	struct freeze_block *block = data;
	struct freeze_note *note = find(block, mount);
	bool on_disk = is_on_disk(mount);

	/* A second mount of the file system counts only if the first one was unreachable. */
	if (note ? note->state != FREEZE_UNREACHABLE : (!on_disk && !is_told(mount->type)) || block->count == FREEZE_NOTES)
		return true;
	if (!note)
		note = &block->note[block->count++];
	*note = (struct freeze_note){ .major = mount->major, .minor = mount->minor };
	fmt_text(note->path, sizeof(note->path), "%s", mount->path);
	fmt_text(note->type, sizeof(note->type), "%s", mount->type);
	if (!on_disk) {
		note->state = FREEZE_NOT_NEEDED;
	} else if (mountinfo_has(mount->super, "ro")) {
		note->state = FREEZE_READ_ONLY;
	} else {
		int fd = open_mount(mount);

		note->state = fd < 0 ? FREEZE_UNREACHABLE : FREEZE_READY;
		note->error_number = fd < 0 ? -fd : 0;
		/* The fd, until sort() moves it to its final position. */
		note->us = (uint32_t)fd;
	}
	return true;
}

/* Moves notes that can be frozen to the front, the last mount first. Returns their number. */
static int sort(struct freeze_block *block)
{
	static struct freeze_note found[FREEZE_NOTES];
	uint32_t at = 0;

	memcpy(found, block->note, sizeof(found));
	block->ready = 0;
	for (uint32_t i = block->count; i-- > 0;) {
		if (found[i].state != FREEZE_READY)
			continue;
		if (block->ready == FREEZE_MAX)
			return -E2BIG;
		fds[block->ready++] = (int)found[i].us;
		found[i].us = 0;
		block->note[at++] = found[i];
	}
	for (uint32_t i = 0; i < block->count; i++)
		if (found[i].state != FREEZE_READY)
			block->note[at++] = found[i];
	return 0;
}

/* The upper file system of the root's overlay has no path, and was mounted before all others. */
static void take_upper(struct freeze_block *block, int upper_fd)
{
	struct freeze_note *note = &block->note[block->count];
	struct stat st;

	if (upper_fd < 0 || fstat(upper_fd, &st) < 0)
		return;
	block->count++;
	*note = (struct freeze_note){ .major = major(st.st_dev), .minor = minor(st.st_dev), .us = (uint32_t)upper_fd };
	fmt_text(note->path, sizeof(note->path), FREEZE_UPPER);
	note->state = FREEZE_READY;
}

static int find_all(struct freeze_block *block, int upper_fd)
{
	int r;

	block->count = 0;
	take_upper(block, upper_fd);
	r = mount_table_each(take, block);
	return r < 0 ? r : sort(block);
}

static int sync_all(const struct freeze_block *block)
{
	for (uint32_t i = 0; i < block->ready; i++)
		if (syncfs(fds[i]) < 0)
			return -errno;
	/* Dirty pages cannot be dropped, so this comes after the sync. Failure only costs size of the snapshot. */
	if (block->drop_caches)
		io_write_text(AT_FDCWD, "/proc/sys/vm/drop_caches", "3");
	return 0;
}

static int thaw_all(struct freeze_block *block)
{
	int r = 0;

	for (uint32_t i = block->ready; i-- > 0;) {
		struct freeze_note *note = &block->note[i];
		int64_t began = clock_boot_us();

		if (note->state != FREEZE_FROZEN && note->state != FREEZE_FAILED)
			continue;
		/* EINVAL: not frozen. After a failed freeze the state is unknown, so these are thawed too. */
		if (ioctl(fds[i], FITHAW, 0) == 0 || errno == EINVAL) {
			note->state = FREEZE_THAWED;
		} else {
			note->error_number = errno;
			r = -errno;
		}
		note->us = (uint32_t)(clock_boot_us() - began);
	}
	return r;
}

static bool is_called_back(int socket_fd)
{
	char byte;

	return recv(socket_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static int freeze_all(int socket_fd, struct freeze_block *block)
{
	for (uint32_t i = 0; i < block->ready; i++) {
		struct freeze_note *note = &block->note[i];
		int64_t began = clock_boot_us();

		if (is_called_back(socket_fd))
			return -ECANCELED;
		/* Set before the call: an agent that reads the note meanwhile must know that a thaw is needed. */
		note->state = FREEZE_FROZEN;
		if (ioctl(fds[i], FIFREEZE, 0) < 0) {
			note->error_number = errno;
			note->state = errno == EBUSY ? FREEZE_BY_OTHERS : errno == EOPNOTSUPP ? FREEZE_NOT_NEEDED : FREEZE_FAILED;
		}
		note->us = (uint32_t)(clock_boot_us() - began);
		if (note->state == FREEZE_FAILED)
			return -note->error_number;
	}
	return 0;
}

static int answer(int socket_fd, char command, int r, bool with_fds, const struct freeze_block *block)
{
	uint8_t bytes[2] = { (uint8_t)command, (uint8_t)-r };

	return pass_fds_send(socket_fd, bytes, sizeof(bytes), fds, with_fds && r == 0 ? block->ready : 0);
}

_Noreturn void freezer_main(int socket_fd, int upper_fd, struct freeze_block *block, int known_fds[FREEZE_MAX])
{
	char command;

	fds = known_fds;

	/* The loop ends when the agent closes the socket; an agent that abandons the freezer sends a thaw first. */
	/* SIGTERM is ignored: a frozen file system must be thawed before the guest goes down. */
	signal(SIGTERM, SIG_IGN);
	while (recv(socket_fd, &command, 1, 0) > 0) {
		int r = -EINVAL;

		switch ((enum freeze_command)command) {
		case FREEZE_FIND:
			r = find_all(block, upper_fd);
			break;
		case FREEZE_SYNC:
			r = sync_all(block);
			break;
		case FREEZE_FREEZE:
			r = freeze_all(socket_fd, block);
			break;
		case FREEZE_THAW:
			r = thaw_all(block);
			break;
		}
		answer(socket_fd, command, r, command == FREEZE_FIND, block);
	}
	_exit(0);
}
