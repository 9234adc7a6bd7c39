/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/fmt.c */
/* Claims about the formatter of PID 1: the same text as snprintf(), and never a byte too many. */
#include "common/fmt.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness/tap.h"

#define CHECK_SAME(...)                                                 \
	do {                                                            \
		char ours[256];                                         \
		char theirs[256];                                       \
		size_t len = fmt_text(ours, sizeof(ours), __VA_ARGS__); \
		snprintf(theirs, sizeof(theirs), __VA_ARGS__);          \
		CHECK_STR(ours, theirs);                                \
		CHECK_INT(len, ==, strlen(theirs));                     \
	} while (0)

TEST(every_conversion_gives_what_snprintf_gives)
{
	CHECK_SAME("nothing");
	CHECK_SAME("100%% %c", 'x');
	CHECK_SAME("%s and %s", "one", "");
	CHECK_SAME("%.*s|%.*s|%.*s", 3, "abcdef", 9, "abc", 0, "abc");
	CHECK_SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	CHECK_SAME("%ld %ld", LONG_MAX, LONG_MIN);
	CHECK_SAME("%lld %lld", LLONG_MAX, LLONG_MIN);
	CHECK_SAME("%u %lu %llu %zu", UINT_MAX, ULONG_MAX, ULLONG_MAX, SIZE_MAX);
	CHECK_SAME("%x %x %llx", 0u, 0xdeadbeefu, ULLONG_MAX);
	CHECK_SAME("%.2s|%.0s|%.64s", "abc", "abc", "abc");
	CHECK_SAME("%016llx %09u %03d %03d %02d %020lld", 0xabcull, 7u, -1, -1000, 0, LLONG_MIN);
}

TEST(what_does_not_fit_is_cut_and_ended_by_a_nul)
{
	char buf[8];

	for (size_t size = 1; size <= sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		CHECK_INT(fmt_text(buf, size, "%s-%d", "abc", 123456), ==, size - 1);
		CHECK_MEM(buf, "abc-1234", size - 1);
		CHECK_INT(buf[size - 1], ==, '\0');
		for (size_t i = size; i < sizeof(buf); i++)
			CHECK_INT(buf[i], ==, '#');
	}
}

TEST(a_conversion_that_does_not_exist_ends_the_text)
{
	const char *volatile unknown = "a%fb"; /* past the compiler's own check */
	char buf[16];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	size_t len = fmt_text(buf, sizeof(buf), unknown);
#pragma GCC diagnostic pop
	CHECK_INT(len, ==, 1);
	CHECK_STR(buf, "a");
}
