/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/mounts/mount_options.c */
/* Claims about the options of mounts: which are flags, and what is left for the file system. */
#include "agent/mounts/mount_options.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

static struct mount_options options;

static int parse_all(const char *const *items, size_t count)
{
	static const char *list[80];
	struct string_list strings = { count, list };

	memcpy(list, items, count * sizeof(*items));
	memset(&options, 0xa5, sizeof(options));
	return mount_options_parse(&strings, &options);
}

static void check(const char *item, unsigned long flags, const char *data)
{
	tap_diag("%s", item);
	CHECK_INT(parse_all(&item, 1), ==, 0);
	CHECK_INT(options.flags, ==, flags);
	CHECK_STR(options.data, data);
}

TEST(names_of_flags_become_flags_and_the_rest_is_data)
{
	check("", 0, "");
	check("ro", MS_RDONLY, "");
	check("ro,nosuid,nodev,noexec", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "");
	check("ro,size=64m,noexec,mode=0700", MS_RDONLY | MS_NOEXEC, "size=64m,mode=0700");
	check("defaults", 0, "");
	check("rbind", MS_BIND | MS_REC, "");
	check("roo", 0, "roo");
	check("RO", 0, "RO");
	check(",,ro,,", MS_RDONLY, "");
}

TEST(the_later_of_two_opposites_wins)
{
	check("ro,rw", 0, "");
	check("noexec,exec,suid,nosuid", MS_NOSUID, "");
}

TEST(a_comma_behind_a_backslash_is_none)
{
	check("lowerdir=/a\\,ro,ro", MS_RDONLY, "lowerdir=/a\\,ro");
	check("x\\", 0, "x\\");
}

TEST(propagation_is_kept_apart)
{
	check("rprivate,ro", MS_RDONLY, "");
	CHECK_INT(options.propagation, ==, MS_PRIVATE | MS_REC);
	check("ro", MS_RDONLY, "");
	CHECK_INT(options.propagation, ==, 0);
}

TEST(items_are_joined)
{
	static const char *const items[] = { "ro", "lowerdir=/l", "upperdir=/u,workdir=/w" };

	CHECK_INT(parse_all(items, ARRAY_SIZE(items)), ==, 0);
	CHECK_INT(options.flags, ==, MS_RDONLY);
	CHECK_STR(options.data, "lowerdir=/l,upperdir=/u,workdir=/w");
}

TEST(more_data_than_a_page_is_refused)
{
	static char item[MOUNT_DATA_SIZE + 1];
	const char *const items[] = { item, "x" };

	memset(item, 'a', MOUNT_DATA_SIZE - 2);
	CHECK_INT(parse_all(items, 1), ==, 0);
	CHECK_INT(strlen(options.data), ==, MOUNT_DATA_SIZE - 2);
	CHECK_INT(parse_all(items, 2), ==, -E2BIG);
	item[MOUNT_DATA_SIZE - 2] = 'a';
	CHECK_INT(parse_all(items, 1), ==, -E2BIG);
}
