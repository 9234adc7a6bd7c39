/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of mountinfo. Never: keeps more than one line. */
#include "agent/mounts/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"
#include "common/procfs.h"

/* A line has two paths and two lists of options of a page each; a longer line is passed over. */
#define LINE_SIZE (5 * PATH_MAX)

int mount_table_each(bool (*fn)(const struct mountinfo *mount, void *data), void *data)
{
	static char text[LINE_SIZE];
	_cleanup_close_ int fd = procfs_open("/proc/self/mountinfo");
	size_t len = 0;
	bool too_long = false;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = io_read(fd, text + len, sizeof(text) - 1 - len)) > 0) {
		char *line = text, *end;

		len += (size_t)n;
		text[len] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			struct mountinfo mount;

			*end = '\0';
			if (!too_long && mountinfo_parse(line, &mount) && !fn(&mount, data))
				return 0;
			too_long = false;
		}
		len = strlen(line);
		memmove(text, line, len);
		if (len == sizeof(text) - 1) {
			too_long = true;
			len = 0;
		}
	}
	return (int)n;
}

struct search {
	const char *path;
	struct mount_entry *entry;
	bool found;
};

static bool take(const struct mountinfo *mount, void *data)
{
	struct search *search = data;

	if (strcmp(mount->path, search->path) != 0)
		return true;
	fmt_text(search->entry->type, sizeof(search->entry->type), "%s", mount->type);
	fmt_text(search->entry->source, sizeof(search->entry->source), "%s", mount->source);
	search->entry->device = makedev(mount->major, mount->minor);
	search->found = true;
	return true;
}

int mount_table_find(const char *path, struct mount_entry *ret)
{
	struct search search = { path, ret, false };
	int r = mount_table_each(take, &search);

	return r < 0 ? r : search.found ? 0 : -ENOENT;
}

bool mount_table_path_is_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
