/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns unmounting, and the search for holders: processes and mounts that keep a file system busy.
 *
 * Never: ends a holder.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "agent/mounts/mount_table.h"
#include "agent/mounts/mounting.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"

#define TEXT_SIZE 200		/* bytes of the list of holders in a message */
#define PIDS_MAX 8192u		/* the most processes that are looked at */
#define FDS_MAX 4096u		/* the most fds of one process */
#define MAPS_SIZE (64u << 10)	/* bytes of a process's maps */
#define NAME_SIZE 16

struct holders {
	const char *target;
	char text[TEXT_SIZE];
	size_t len;
	unsigned int count, told;
};

static void add(struct holders *h, const char *pid, const char *what)
{
	char path[64], name[NAME_SIZE + 1], item[96];
	ssize_t n;
	size_t len;

	fmt_text(path, sizeof(path), "/proc/%s/comm", pid);
	n = io_read_text(AT_FDCWD, path, name, sizeof(name));
	if (n > 0)
		name[strcspn(name, "\n")] = '\0';
	len = fmt_text(item, sizeof(item), "%s%s (%s: %s)", h->len ? ", " : "", pid, n > 0 ? name : "?", what);
	h->count++;
	if (len >= sizeof(h->text) - h->len)
		return;
	memcpy(h->text + h->len, item, len + 1);
	h->len += len;
	h->told++;
}

static bool link_is_below(const char *path, const char *target)
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n <= 0)
		return false;
	to[n] = '\0';
	return mount_table_path_is_below(to, target);
}

static bool an_fd_is_below(const char *pid, const char *target)
{
	char path[64];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	fmt_text(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	for (unsigned int i = 0; i < FDS_MAX && !found && (entry = readdir(dir)); i++) {
		fmt_text(path, sizeof(path), "/proc/%s/fd/%.*s", pid, 16, entry->d_name);
		found = link_is_below(path, target);
	}
	closedir(dir);
	return found;
}

/* The path in a line of maps begins at the first slash. */
static bool a_map_is_below(const char *pid, const char *target)
{
	static char text[MAPS_SIZE];
	char path[64];
	size_t n = strlen(target);

	fmt_text(path, sizeof(path), "/proc/%s/maps", pid);
	if (io_read_text(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	for (const char *at = strchr(text, '/'); at; at = strchr(at, '/')) {
		if (strncmp(at, target, n) == 0 && at[n] == '/')
			return true;
		at += strcspn(at, "\n");
	}
	return false;
}

static const char *how_it_holds(const char *pid, const char *target)
{
	static const char links[][5] = { "cwd", "root", "exe" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		fmt_text(path, sizeof(path), "/proc/%s/%s", pid, links[i]);
		if (link_is_below(path, target))
			return links[i];
	}
	if (an_fd_is_below(pid, target))
		return "a file";
	return a_map_is_below(pid, target) ? "a map" : NULL;
}

static bool note_mount(const struct mountinfo *mount, void *data)
{
	struct holders *h = data;
	size_t room = sizeof(h->text) - h->len, len;

	if (!mount_table_path_is_below(mount->path, h->target) || strcmp(mount->path, h->target) == 0)
		return true;
	h->count++;
	len = strlen(mount->path) + sizeof(", the mount ");
	if (len >= room)
		return true;
	h->len += fmt_text(h->text + h->len, room, "%sthe mount %s", h->len ? ", " : "", mount->path);
	h->told++;
	return true;
}

static void find_holders(struct holders *h)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	unsigned int pids = 0;

	mount_table_each(note_mount, h);
	while (dir && pids < PIDS_MAX && (entry = readdir(dir))) {
		const char *how;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || strlen(entry->d_name) > 10)
			continue;
		pids++;
		how = how_it_holds(entry->d_name, h->target);
		if (how)
			add(h, entry->d_name, how);
	}
	if (dir)
		closedir(dir);
	if (h->told < h->count && h->len < sizeof(h->text))
		h->len += fmt_text(h->text + h->len, sizeof(h->text) - h->len, ", %u more", h->count - h->told);
}

static int tell_busy(const char *target, int out_fd)
{
	static struct holders h;
	char text[TEXT_SIZE + 64];
	size_t len;

	h.target = target;
	find_holders(&h);
	len = fmt_text(text, sizeof(text), "held by %s", h.len ? h.text : "no process that can be seen");
	(void)io_write(out_fd, text, len);
	return -EBUSY;
}

static int tell(int r, const char *target, int out_fd)
{
	char text[TEXT_SIZE];
	size_t len = fmt_text(text, sizeof(text), "%s", target);

	(void)io_write(out_fd, text, len);
	return r;
}

int unmounting_run(void *arg, int out_fd)
{
	static struct mount_entry entry;
	const struct unmounting *wish = arg;
	int r = mount_table_find(wish->target, &entry);

	if (r == -ENOENT)
		return tell(-ENOENT, "no file system is mounted on this path", out_fd);
	if (r == 0 && umount2(wish->target, UMOUNT_NOFOLLOW | (wish->lazy ? MNT_DETACH : 0)) < 0)
		r = -errno;
	if (r == -EBUSY)
		return tell_busy(wish->target, out_fd);
	return r < 0 ? tell(r, wish->target, out_fd) : 0;
}
