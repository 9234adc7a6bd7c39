/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/lib/file_name.c */
#include "host/lib/file_name.h"

#include <stdlib.h>

#include "tests/harness/tap.h"

static void check_both_ways(const char *name, const char *text)
{
	char *encoded = file_name_encode(name);
	char decoded[4096];

	REQUIRE(encoded);
	CHECK_STR(encoded, text);
	CHECK(file_name_decode(encoded, decoded, sizeof(decoded)));
	CHECK_STR(decoded, name);
	free(encoded);
}

TEST(a_name_that_is_utf_8_stands_as_it_is)
{
	check_both_ways("plain", "plain");
	check_both_ways("\xc3\xbc \xe2\x88\x9e\n\"", "\xc3\xbc \xe2\x88\x9e\n\"");
	check_both_ways("Base64:x", "Base64:x");
}

TEST(other_bytes_and_the_prefix_itself_are_base64)
{
	check_both_ways("\xff", "base64:/w==");
	check_both_ways("\xff\xfe", "base64://4=");
	check_both_ways("\xff\xfe\xfd", "base64://79");
	check_both_ways("base64:AAAA", "base64:YmFzZTY0OkFBQUE=");
	check_both_ways("\xc0\xaf", "base64:wK8=");
	check_both_ways("\xed\xa0\x80", "base64:7aCA");
}

TEST(text_that_is_no_name_is_refused)
{
	static const char *const wrong[] = { "", "base64:", "base64:A", "base64:AA=A", "base64:====", "base64:Zm9v\n", "base64:AAAA",
					     "base64:YQBi", "base64:Zg==Zg==", "base64:Z-_v" };
	char dst[64];

	CHECK(!file_name_decode(NULL, dst, sizeof(dst)));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!file_name_decode(wrong[i], dst, sizeof(dst)));
}

TEST(a_name_fits_with_its_end_or_not_at_all)
{
	char dst[4];

	CHECK(file_name_decode("abc", dst, sizeof(dst)));
	CHECK(!file_name_decode("abcd", dst, sizeof(dst)));
	CHECK(file_name_decode("base64:Zm9v", dst, sizeof(dst)));
	CHECK(!file_name_decode("base64:Zm9vbw==", dst, sizeof(dst)));
}

TEST(only_a_path_that_stays_in_its_directory_is_below_it)
{
	static const char *const outside[] = { "", ".", "..", "/", "/a", "a/", "a//b", "a/.", "a/..", "../a", "a/../b", "./a" };

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		CHECK(!file_name_is_below(outside[i], 64));
	CHECK(file_name_is_below("a", 1));
	CHECK(file_name_is_below("...", 1));
	CHECK(file_name_is_below("..a/.b/c..", 3));
	CHECK(!file_name_is_below("a/b", 1));
	CHECK(!file_name_is_below("a/b/c", 2));
}
