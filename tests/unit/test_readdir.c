/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/archive/readdir.c */
/* Claims about reading directories. */
#include "common/archive/readdir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/tap.h"

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	REQUIRE(fd >= 0);
	return fd;
}

TEST(each_entry_comes_once_and_the_dots_do_not_come)
{
	const struct dirent *entry;
	bool itself = false;
	int r = -1;
	_cleanup_dir_ DIR *dir = readdir_open(open_directory("/proc/self"), &r);

	REQUIRE(dir != NULL);
	CHECK_INT(r, ==, 0);
	while ((entry = readdir_next(dir, &r))) {
		CHECK(!readdir_is_dot(entry->d_name));
		if (strcmp(entry->d_name, "status") != 0)
			continue;
		CHECK(!itself);
		itself = true;
	}
	CHECK(itself);
	CHECK_INT(r, ==, 0);
}

TEST(a_directory_that_cannot_be_read_is_not_at_its_end)
{
	_cleanup_dir_ DIR *dir = NULL;
	int r = 0, fd = open_directory("/proc/self");

	dir = readdir_open(fd, &r);
	REQUIRE(dir != NULL);
	/* What the kernel says of a file, as it would say EIO of a disk. */
	REQUIRE(dup2(STDERR_FILENO, fd) >= 0);
	CHECK(readdir_next(dir, &r) == NULL);
	CHECK_INT(r, ==, -ENOTDIR);
}

TEST(what_could_not_be_opened_is_the_outcome)
{
	int fds[2], r = 0;

	CHECK(readdir_open(-EACCES, &r) == NULL);
	CHECK_INT(r, ==, -EACCES);
	REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
	CHECK(readdir_open(fds[0], &r) == NULL);
	CHECK_INT(r, ==, -ENOTDIR);
	CHECK_INT(close(fds[0]), ==, -1);
	close(fds[1]);
}

TEST(only_two_names_are_dots)
{
	CHECK(readdir_is_dot("."));
	CHECK(readdir_is_dot(".."));
	CHECK(!readdir_is_dot("..."));
	CHECK(!readdir_is_dot(".a"));
	CHECK(!readdir_is_dot(""));
}
