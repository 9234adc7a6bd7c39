/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/mounts/mountinfo.c */
#include "agent/mounts/mountinfo.h"

#include <string.h>

#include "tests/harness/tap.h"

static bool parse(const char *text, struct mountinfo *ret)
{
	static char line[512];

	strncpy(line, text, sizeof(line) - 1);
	return mountinfo_parse(line, ret);
}

TEST(a_line_is_taken_apart)
{
	struct mountinfo m;

	CHECK(parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue", &m));
	CHECK_INT(m.id, ==, 36);
	CHECK_INT(m.parent, ==, 35);
	CHECK_INT(m.major, ==, 98);
	CHECK_INT(m.minor, ==, 0);
	CHECK_STR(m.root, "/mnt1");
	CHECK_STR(m.path, "/mnt2");
	CHECK_STR(m.options, "rw,noatime");
	CHECK_STR(m.type, "ext3");
	CHECK_STR(m.source, "/dev/root");
	CHECK_STR(m.super, "rw,errors=continue");
}

TEST(optional_fields_may_be_missing_and_a_source_empty)
{
	struct mountinfo m;

	CHECK(parse("1 2 0:3 / /run rw - tmpfs  rw", &m));
	CHECK_STR(m.source, "");
	CHECK_STR(m.super, "rw");
}

TEST(escapes_are_undone_and_what_only_looks_like_one_stays)
{
	struct mountinfo m;

	CHECK(parse("1 2 0:3 / /a\\040b\\134\\011\\9\\78 rw - tmpfs x rw", &m));
	CHECK_STR(m.path, "/a b\\\t\\9\\78");
}

TEST(what_is_no_such_line_is_refused)
{
	static const char *const lines[] = {
		"", " ", "1", "1 2 0:3 / /a rw", "1 2 0:3 / /a rw -", "1 2 0:3 / /a rw - ext4 x", "x 2 0:3 / /a rw - ext4 x rw",
		"1 2 03 / /a rw - ext4 x rw", "1 2 0: / /a rw - ext4 x rw", "1 2 0:3x / /a rw - ext4 x rw",
		"1 2 4294967296:3 / /a rw - ext4 x rw", "-1 2 0:3 / /a rw - ext4 x rw",
	};
	struct mountinfo m;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!CHECK(!parse(lines[i], &m)))
			tap_diag("%s", lines[i]);
}

TEST(an_option_is_found_as_a_whole_word)
{
	CHECK(mountinfo_has("rw,noatime,ro", "ro"));
	CHECK(mountinfo_has("ro", "ro"));
	CHECK(!mountinfo_has("rw,errors=remount-ro,root", "ro"));
	CHECK(!mountinfo_has("", "ro"));
}
