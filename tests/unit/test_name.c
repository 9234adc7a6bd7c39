/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/name.c */
/* Claims about names of files in JSON: docs/reference/protocol.md, section 6. */
#include "common/name.h"

#include <string.h>

#include "tests/harness/tap.h"

static void check_round_trip(const char *name, const char *text)
{
	char encoded[NAME_ENCODED_SIZE(255)], decoded[256];

	CHECK(!name_is_plain(name));
	name_encode(name, encoded);
	CHECK_STR(encoded, text);
	CHECK_INT(strlen(encoded), <, NAME_ENCODED_SIZE(strlen(name)));
	REQUIRE(name_decode(encoded, decoded));
	CHECK_STR(decoded, name);
}

TEST(a_name_in_utf8_stands_for_itself)
{
	static const char *const names[] = { "a", "a b\n\x01", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "base64", "Base64:x", "" };
	char decoded[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK(name_is_plain(names[i]));
		REQUIRE(name_decode(names[i], decoded));
		CHECK_STR(decoded, names[i]);
	}
}

TEST(what_is_not_utf8_or_looks_encoded_is_base64_of_its_bytes)
{
	check_round_trip("\xff", "base64:/w==");
	check_round_trip("a\xff", "base64:Yf8=");
	check_round_trip("/a\xff", "base64:L2H/");
	check_round_trip("\xc3", "base64:ww==");
	check_round_trip("\xed\xa0\x80", "base64:7aCA");
	check_round_trip("\xc0\xaf", "base64:wK8=");
	check_round_trip("base64:", "base64:YmFzZTY0Og==");
	check_round_trip("base64:YQ==", "base64:YmFzZTY0OllRPT0=");
}

TEST(the_longest_name_of_any_bytes_comes_back_as_it_was)
{
	char name[256], encoded[NAME_ENCODED_SIZE(255)], decoded[256];

	for (int i = 0; i < 255; i++)
		name[i] = (char)(i + 1);
	name[255] = '\0';
	CHECK(!name_is_plain(name));
	name_encode(name, encoded);
	CHECK_INT(strlen(encoded), ==, NAME_ENCODED_SIZE(255) - 1);
	REQUIRE(name_decode(encoded, decoded));
	CHECK_STR(decoded, name);
}

TEST(base64_that_is_cut_padded_wrongly_or_has_zero_bytes_is_refused)
{
	static const char *const texts[] = {
		"base64:Y", "base64:YQ", "base64:YQ=", "base64:YQ==YQ==", "base64:YR==", "base64:YWF=", "base64:=AAA", "base64:Y===",
		"base64:====", "base64:AA==", "base64:YQAA", "base64:YQ=A", "base64:YW-_", "base64:YQ= ", "base64:YWE\n",
	};
	char decoded[256];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!CHECK(!name_decode(texts[i], decoded)))
			tap_diag("%s", texts[i]);
}
