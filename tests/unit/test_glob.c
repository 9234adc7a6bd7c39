/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/archive/glob.c */
/* Claims about patterns: what fnmatch(3) says of them, in a time that nobody can make long. */
#include "common/archive/glob.h"

#include <fnmatch.h>
#include <string.h>

#include "tests/harness/tap.h"

static const char *const patterns[] = {
	"", "*", "?", "a", "a*", "*a", "*a*", "a?c", "a*b*c", "**", "*.c",
	"[a-c]", "[!a-c]", "[]]", "[]-a]", "[a-]", "[!]]*", "\\*", "\\a",
	"a\\",
	"a/b", "a/*", "*/b", "*/*", "a?b", "[/]", "a[/]b", "[", "[a", "a[", "*[",
	 "[\\]]", "[a\\-c]", "**a**b", ".*", "?*?", "[^a]",
};
static const char *const texts[] = {
	"", "a", "b", "c", "-", "]", "*", "\\", "abc", "aXc", "ab",
	"ba", "a.c", ".c", "a/b", "a/b/c", "/", "//", "[", "[a", "a[", "aabb", ".hidden", "\xff",
};

static void check_same(const char *pattern, const char *text, enum glob_slash slash, int flags)
{
	bool ours = glob_match(pattern, text, slash), theirs = fnmatch(pattern, text, flags) == 0;

	if (ours != theirs)
		tap_diag("'%s' on '%s', flags %d", pattern, text, flags);
	CHECK_INT(ours, ==, theirs);
}

TEST(every_pattern_means_what_it_means_to_fnmatch)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		for (size_t j = 0; j < sizeof(texts) / sizeof(*texts); j++) {
			const char *p = patterns[i], *t = texts[j];

			/* A backslash in a set or at the end, and "\xff" in a locale, are matters of the libc. */
			if (strcmp(p, "a\\") == 0 || (strchr(p, '[') && strchr(p, '\\')) || (*t == '\xff' && strpbrk(p, "?[")))
				continue;
			check_same(p, t, GLOB_SLASH_IS_A_BYTE, 0);
			/* Sets with a slash in them are undefined there. */
			if (!strstr(p, "[/]"))
				check_same(p, t, GLOB_SLASH_SEPARATES, FNM_PATHNAME);
		}
	}
}

TEST(a_backslash_in_a_set_makes_the_next_byte_a_plain_one)
{
	CHECK(glob_match("[\\]]", "]", GLOB_SLASH_IS_A_BYTE));
	CHECK(glob_match("[a\\-c]", "-", GLOB_SLASH_IS_A_BYTE));
	CHECK(!glob_match("[a\\-c]", "b", GLOB_SLASH_IS_A_BYTE));
}

TEST(a_byte_that_is_no_text_is_one_byte)
{
	CHECK(glob_match("?", "\xff", GLOB_SLASH_IS_A_BYTE));
	CHECK(glob_match("[\xf0-\xff]", "\xfe", GLOB_SLASH_IS_A_BYTE));
	CHECK(!glob_match("?", "\xc3\xa4", GLOB_SLASH_IS_A_BYTE));
}

TEST(many_stars_are_not_slow)
{
	char pattern[2048], text[4096];

	/* With backtracking over every star this would not end in this age. */
	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	memcpy(pattern + sizeof(pattern) - 2, "b", 2);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(!glob_match(pattern, text, GLOB_SLASH_IS_A_BYTE));
}
