/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/jsonw.c agent/protocol/json.c common/json_scan.c common/buf.c CJSON */
/* Claims about JSON out: what is written is strict JSON, and says what it was told. */
#include "agent/protocol/jsonw.h"

#include <stdlib.h>
#include <string.h>

#include "agent/protocol/json.h"
#include "common/cleanup.h"
#include "tests/harness/tap.h"

static const struct cJSON *parse(const struct buf *b)
{
	const struct cJSON *tree = NULL;
	const char *problem;

	REQUIRE(!b->failed);
	json_parse((const char *)b->data, b->len, &tree, &problem);
	if (!CHECK_STR(problem, NULL))
		tap_diag("%.*s", (int)b->len, (const char *)b->data);
	REQUIRE(tree != NULL);
	return tree;
}

static void check_text(const struct buf *b, const char *text)
{
	REQUIRE_INT(b->len, ==, strlen(text));
	CHECK_MEM(b->data, text, b->len);
}

TEST(commas_and_colons_come_by_themselves)
{
	_cleanup_buf_ struct buf b = BUF_INIT(4096);

	jsonw_object(&b, NULL);
	jsonw_string(&b, "a", "[");
	jsonw_string(&b, "b", "x:");
	jsonw_count(&b, "c", 0);
	jsonw_array(&b, "d");
	jsonw_array_end(&b);
	jsonw_array(&b, "e");
	jsonw_string(&b, NULL, "{");
	jsonw_count(&b, NULL, 1);
	jsonw_bool(&b, NULL, true);
	jsonw_object(&b, NULL);
	jsonw_object_end(&b);
	jsonw_array(&b, NULL);
	jsonw_bool(&b, NULL, false);
	jsonw_array_end(&b);
	jsonw_array_end(&b);
	jsonw_object(&b, "f");
	jsonw_object(&b, "g");
	jsonw_object_end(&b);
	jsonw_bool(&b, "h", false);
	jsonw_object_end(&b);
	jsonw_object_end(&b);
	check_text(&b, "{\"a\":\"[\",\"b\":\"x:\",\"c\":0,\"d\":[],\"e\":[\"{\",1,true,{},[false]],\"f\":{\"g\":{},\"h\":false}}");
	parse(&b);
}

TEST(numbers_are_written_in_full)
{
	static const uint64_t values[] = { 0, 1, 9, 10, 4294967295, 4294967296, 9007199254740991, UINT64_MAX };
	_cleanup_buf_ struct buf b = BUF_INIT(4096);

	jsonw_array(&b, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		jsonw_count(&b, NULL, values[i]);
	jsonw_array_end(&b);
	check_text(&b, "[0,1,9,10,4294967295,4294967296,9007199254740991,18446744073709551615]");
}

TEST(every_character_survives_the_round_trip_as_key_and_as_value)
{
	static const char *const texts[] = {
		"", "plain", "\"\\/\b\f\n\r\t", "\x01\x1f\x7f", "\xc2\x80\xdf\xbf", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\\u0000", "a\"b",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT(4096);
		const struct cJSON *item;
		const char *value = NULL;

		jsonw_object(&b, NULL);
		jsonw_string(&b, texts[i], texts[i]);
		jsonw_object_end(&b);
		item = json_first(parse(&b));
		CHECK_STR(json_key(item), texts[i]);
		CHECK(json_get_string(item, &value));
		CHECK_STR(value, texts[i]);
	}
}

/* What the string becomes. */
static void check_becomes(const char *from, const char *to)
{
	_cleanup_buf_ struct buf b = BUF_INIT(4096);
	/* Memory that ends with the NUL: the sanitizer build sees a read past it. */
	_cleanup_free_ char *copy = strdup(from);
	const char *value = NULL;

	REQUIRE(copy != NULL);
	jsonw_string(&b, NULL, copy);
	CHECK(json_get_string(parse(&b), &value));
	CHECK_STR(value, to);
}

#define FFFD "\xef\xbf\xbd"

TEST(bytes_that_are_not_utf8_become_the_replacement_character)
{
	check_becomes("\xff", FFFD);
	check_becomes("a\x80z", "a" FFFD "z");
	check_becomes("\xc2", FFFD);
	check_becomes("\xc2z", FFFD "z");
	check_becomes("\xe2\x82", FFFD FFFD);
	check_becomes("\xf0\x9f\x98", FFFD FFFD FFFD);
	check_becomes("\xf0\x9f\x98z", FFFD FFFD FFFD "z");
	check_becomes("\xc0\x80", FFFD FFFD);
	check_becomes("\xc1\xbf", FFFD FFFD);
	check_becomes("\xe0\x9f\xbf", FFFD FFFD FFFD);
	check_becomes("\xed\xa0\x80", FFFD FFFD FFFD);
	check_becomes("\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD);
	check_becomes("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
	check_becomes("\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD);
	check_becomes("\xc3\xbc\xff\xc3\xbc", "\xc3\xbc" FFFD "\xc3\xbc");
}

TEST(any_bytes_at_all_become_strict_json)
{
	srand(3);
	for (int i = 0; i < 20000; i++) {
		_cleanup_buf_ struct buf b = BUF_INIT(4096);
		char text[17] = { 0 };

		for (int k = rand() % 16; k > 0; k--)
			text[k - 1] = (char)(rand() % 4 ? 0x80 + rand() % 128 : 1 + rand() % 127);
		jsonw_string(&b, NULL, text);
		parse(&b);
	}
}

TEST(a_buffer_that_is_too_small_fails_and_writes_no_byte_past_it)
{
	_cleanup_buf_ struct buf b = BUF_INIT(10);

	jsonw_object(&b, NULL);
	jsonw_string(&b, "key", "a long value");
	jsonw_object_end(&b);
	CHECK(b.failed);
	CHECK_INT(b.len, <=, 10);
}
