/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the difference between the end of a directory and one that cannot be read. Never: looks at what an entry is. */
#include "common/archive/readdir.h"

#include <errno.h>

#include "common/cleanup.h"

DIR *readdir_open(int fd, int *ret)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	*ret = dir ? 0 : fd < 0 ? fd : -errno;
	if (!dir)
		close_fd(&fd);
	return dir;
}

const struct dirent *readdir_next(DIR *dir, int *ret)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && readdir_is_dot(entry->d_name));
	if (!entry && errno)
		*ret = -errno;
	return entry;
}

bool readdir_is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}
