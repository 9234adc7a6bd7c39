/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of /etc/passwd and /etc/group. Never: reads a file that is not regular, allocates. */
#include "agent/spawn/users_files.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"

/* Bytes of each file that are read: about ten thousand entries. */
#define DATABASE_SIZE (1u << 20)

/* O_NONBLOCK: a FIFO at this path would block open(2) for ever. A missing file counts as empty. */
static void read_database(const char *path, char *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t used = 0;
	ssize_t n = 1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while (used < DATABASE_SIZE - 1 && n > 0) {
			n = io_read(fd, text + used, DATABASE_SIZE - 1 - used);
			used += n > 0 ? (size_t)n : 0;
		}
	/* A file that is too long is cut at the end of a line: half a line may hold half of a uid. */
	for (bool full = used == DATABASE_SIZE - 1; full && used > 0 && text[used - 1] != '\n'; )
		used--;
	text[used] = '\0';
}

enum users_result users_look_up(const char *spec, struct user *ret)
{
	static char passwd[DATABASE_SIZE], group[DATABASE_SIZE];

	read_database("/etc/passwd", passwd);
	read_database("/etc/group", group);
	return users_resolve(spec, passwd, group, ret);
}
