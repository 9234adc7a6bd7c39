/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernel/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/harness/tap.h"

#define LOOK_BYTES 65536

bool file_has(const char *path, const char *text)
{
	static char bytes[LOOK_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 1;

	if (fd < 0) {
		tap_diag("%s: %s", path, strerror(errno));
		return false;
	}
	while (n > 0 && used < LOOK_BYTES) {
		n = read(fd, bytes + used, LOOK_BYTES - used);
		used += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	bytes[used] = '\0';
	if (strstr(bytes, text))
		return true;
	bytes[used > 120 ? 120 : used] = '\0';
	tap_diag("%s: %s", path, bytes);
	return false;
}

bool file_in(const char *directory, const char *text)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = strncmp(entry->d_name, text, strlen(text)) == 0;
	closedir(dir);
	return found;
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

void scratch_open(struct scratch *s)
{
	snprintf(s->path, sizeof(s->path), "/tmp/capabilities-XXXXXX");
	REQUIRE(unshare(CLONE_NEWNS) == 0);
	REQUIRE(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	REQUIRE(mkdtemp(s->path));
}

const char *scratch_at(struct scratch *s, const char *name)
{
	snprintf(s->inner, sizeof(s->inner), "%s/%s", s->path, name);
	return s->inner;
}

void scratch_close(struct scratch *s)
{
	umount2(s->path, MNT_DETACH);
	rmdir(s->path);
}
