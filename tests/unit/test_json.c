/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/json.c agent/protocol/jsonw.c common/buf.c common/json_scan.c CJSON */
/* Claims about strict JSON: docs/reference/protocol.md, section 2. */
#include "agent/protocol/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/limits.h"
#include "common/cleanup.h"
#include "common/json_scan.h"
#include "tests/harness/tap.h"

#define LARGE (256u << 10)	/* the largest JSON frame */

struct sample {
	const char *text;
	const char *problem;	/* part of the sentence */
};

static const char *const good[] = {
	"{}", "[]", "null", "true", "false", "0", "-0", "-1", "1.5", "1e3", "1E+3", "1.25e-3", "\"\"", " \t\r\n{ } \n",
	"[1, 2 ,3]", "[[],{},[{}]]", "{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":[],\"b\":[[]]}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
	"\"\\u0001\\uD7FF\\ue000\\uFFFF\"", "\"\\ud83d\\ude00\"", "\"\x7f\"", "\"\xc2\x80\xdf\xbf\"",
	"\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"", "{\"\":0}",
	"{\"a\":1,\"A\":2}", "1e400", "123456789012345678901234567890",
};

static const struct sample bad[] = {
	{ "", "ends too early" }, { " ", "ends too early" }, { "{", "key in quotes" }, { "[", "ends too early" },
	{ "]", "not a JSON value" }, { "}", "not a JSON value" }, { ",", "not a JSON value" }, { "{]", "key in quotes" },
	{ "[}", "not a JSON value" }, { "[1}", "comma or a closing" }, { "{\"a\":1]", "comma or a closing" },
	{ "[1,]", "not a JSON value" }, { "[,1]", "not a JSON value" }, { "[1 2]", "comma" }, { "{\"a\":1,}", "key in quotes" },
	{ "{,}", "key in quotes" }, { "{1:2}", "key in quotes" }, { "{a:1}", "key in quotes" }, { "{'a':1}", "key in quotes" },
	{ "{\"a\"}", "colon" }, { "{\"a\" 1}", "colon" }, { "{\"a\":}", "not a JSON value" }, { "{\"a\":1 \"b\":2}", "comma" },
	{ "{\"a\"", "colon" }, { "{\"a\":1", "ends too early" }, { "[1", "ends too early" },
	{ "{}{}", "after the JSON value" }, { "{} x", "after the JSON value" }, { "1 2", "after the JSON value" },
	{ "nul", "not a JSON value" }, { "nulll", "after the JSON value" }, { "True", "not a JSON value" },
	{ "NaN", "not a JSON value" }, { "Infinity", "not a JSON value" }, { "-Infinity", "malformed" }, { "'a'", "not a JSON value" },
	{ "/* c */1", "not a JSON value" }, { "1//c", "after the JSON value" }, { "\v1", "not a JSON value" },
	{ "\xef\xbb\xbf{}", "not a JSON value" }, { "\xc2\xa0{}", "not a JSON value" },
	{ "01", "after the JSON value" }, { "-01", "after the JSON value" }, { "00", "after the JSON value" }, { "-", "malformed" },
	{ "+1", "not a JSON value" }, { ".5", "not a JSON value" }, { "1.", "malformed" }, { "1.e1", "malformed" },
	{ "1e", "malformed" }, { "1e+", "malformed" }, { "0x10", "after the JSON value" }, { "--1", "malformed" },
	{ "1_000", "after the JSON value" },
	{ "\"", "does not end" }, { "\"a", "does not end" }, { "\"\\", "does not end" }, { "\"\\\"", "does not end" },
	{ "\"\\x41\"", "escape" }, { "\"\\'\"", "escape" }, { "\"\\U0041\"", "escape" }, { "\"\\u12\"", "escape" },
	{ "\"\\u12g4\"", "escape" }, { "\"\\u+123\"", "escape" }, { "\"\\u 123\"", "escape" },
	{ "\"\n\"", "control character" }, { "\"\t\"", "control character" }, { "\"\x1f\"", "control character" },
	{ "\"\\u0000\"", "\\u0000" }, { "{\"a\\u0000b\":1}", "\\u0000" },
	{ "\"\\ud800\"", "surrogate" }, { "\"\\udbffx\"", "surrogate" }, { "\"\\ud800\\n\"", "surrogate" },
	{ "\"\\ud800\\u0041\"", "surrogate" }, { "\"\\ud800\\ud800\"", "surrogate" }, { "\"\\udc00\"", "surrogate" },
	{ "\"\\udfff\\ud800\"", "surrogate" },
	{ "\"\x80\"", "UTF-8" }, { "\"\xbf\"", "UTF-8" }, { "\"\xc0\x80\"", "UTF-8" }, { "\"\xc1\xbf\"", "UTF-8" },
	{ "\"\xc2\"", "UTF-8" }, { "\"\xc2\xc0\"", "UTF-8" }, { "\"\xe0\x9f\xbf\"", "UTF-8" }, { "\"\xe2\x82\"", "UTF-8" },
	{ "\"\xed\xa0\x80\"", "UTF-8" }, { "\"\xed\xbf\xbf\"", "UTF-8" }, { "\"\xf0\x8f\xbf\xbf\"", "UTF-8" },
	{ "\"\xf0\x9f\x98\"", "UTF-8" }, { "\"\xf4\x90\x80\x80\"", "UTF-8" }, { "\"\xf5\x80\x80\x80\"", "UTF-8" },
	{ "\"\xf8\x88\x80\x80\x80\"", "UTF-8" }, { "\"\xfe\"", "UTF-8" }, { "\"\xff\"", "UTF-8" },
	{ "{\"\xff\":1}", "UTF-8" }, { "\xff", "not a JSON value" },
	{ "{\"a\":1,\"a\":2}", "same key twice" }, { "{\"a\":1,\"b\":2,\"a\":1}", "same key twice" },
	{ "{\"a\":1,\"\\u0061\":2}", "same key twice" }, { "{\"\":1,\"\":2}", "same key twice" },
	{ "{\"\\/\":1,\"/\":2}", "same key twice" }, { "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", "same key twice" },
	{ "[{\"x\":{\"b\":1,\"b\":2}}]", "same key twice" }, { "{\"x\":[{},{\"b\":[],\"b\":[]}]}", "same key twice" },
};

/* From memory that ends with the text: the sanitizer build sees a read past it. */
static const struct cJSON *parse(const char *text, size_t len, const char **ret_problem)
{
	_cleanup_free_ char *copy = malloc(len ? len : 1);
	const struct cJSON *tree = (const struct cJSON *)(uintptr_t)8;
	bool parsed;

	REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	parsed = json_parse(copy, len, &tree, ret_problem);
	CHECK(parsed == (tree != NULL));
	CHECK(parsed == (*ret_problem == NULL));
	return tree;
}

static const struct cJSON *parse_text(const char *text)
{
	const char *problem = NULL;
	const struct cJSON *tree = parse(text, strlen(text), &problem);

	if (!CHECK_STR(problem, NULL))
		tap_diag("%s", text);
	REQUIRE(tree != NULL);
	return tree;
}

static bool is_refused_for(const char *text, size_t len, const char *part)
{
	const char *problem = NULL;

	return parse(text, len, &problem) == NULL && problem && strstr(problem, part);
}

static void nest(char *text, size_t depth, const char *open, const char *middle, char close)
{
	*text = '\0';
	for (size_t i = 0; i < depth; i++)
		strcat(text, open);
	strcat(text, middle);
	for (size_t i = 0; i < depth; i++)
		strncat(text, &close, 1);
}

TEST(what_the_rfc_allows_is_parsed)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		parse_text(good[i]);
}

TEST(each_broken_rule_is_refused_and_named)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!CHECK(is_refused_for(bad[i].text, strlen(bad[i].text), bad[i].problem)))
			tap_diag("%s: wanted: %s", bad[i].text, bad[i].problem);
}

TEST(a_nul_byte_is_no_end_of_the_text)
{
	CHECK(is_refused_for("{}\0", 3, "after the JSON value"));
	CHECK(is_refused_for("\"a\0b\"", 5, "control character"));
	CHECK(is_refused_for("\0", 1, "not a JSON value"));
}

TEST(sixteen_levels_are_allowed_and_seventeen_are_not)
{
	char text[256];

	nest(text, JSON_DEPTH, "[", "", ']');
	parse_text(text);
	nest(text, JSON_DEPTH, "{\"a\":", "0", '}');
	parse_text(text);
	nest(text, JSON_DEPTH + 1, "[", "", ']');
	CHECK(is_refused_for(text, strlen(text), "too deep"));
	nest(text, JSON_DEPTH + 1, "{\"a\":", "0", '}');
	CHECK(is_refused_for(text, strlen(text), "too deep"));
	/* Closed levels do not count. */
	parse_text("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]");
}

TEST(a_long_run_of_brackets_costs_no_stack)
{
	static char text[LARGE];

	memset(text, '[', sizeof(text));
	CHECK(is_refused_for(text, sizeof(text), "too deep"));
}

TEST(strings_come_out_decoded)
{
	const struct cJSON *tree = parse_text("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00fc\\u20ac\\ud83d\\ude00\", \"\"]");
	const struct cJSON *item = json_first(tree);
	const char *value = NULL;

	CHECK_INT(json_count(tree), ==, 3);
	CHECK(json_get_string(item, &value));
	CHECK_STR(value, "\"\\/\b\f\n\r\t");
	item = json_next(item);
	CHECK(json_get_string(item, &value));
	CHECK_STR(value, "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
	item = json_next(item);
	CHECK(json_get_string(item, &value));
	CHECK_STR(value, "");
	CHECK(json_next(item) == NULL);
}

static void check_count(const char *text, bool is_count, uint64_t expected)
{
	uint64_t value = 77;
	bool got = json_get_count(parse_text(text), &value);

	if (!CHECK(got == is_count) || !CHECK_INT(value, ==, is_count ? expected : 77))
		tap_diag("%s", text);
}

TEST(a_count_is_a_whole_number_that_a_double_holds_exactly)
{
	check_count("0", true, 0);
	check_count("-0", true, 0);
	check_count("1", true, 1);
	check_count("1e3", true, 1000);
	check_count("1.0", true, 1);
	check_count("4294967296", true, 4294967296);
	check_count("9007199254740991", true, 9007199254740991);
	/* 2^53 itself can not be told from 2^53 + 1. */
	check_count("9007199254740992", false, 0);
	check_count("9007199254740993", false, 0);
	check_count("18446744073709551616", false, 0);
	check_count("1e400", false, 0);
	check_count("-1e400", false, 0);
	check_count("-1", false, 0);
	check_count("1.5", false, 0);
	check_count("0.1", false, 0);
	check_count("1e-3", false, 0);
	check_count("\"1\"", false, 0);
	check_count("true", false, 0);
	check_count("null", false, 0);
}

TEST(a_value_of_another_type_is_not_taken_and_leaves_the_result_alone)
{
	const char *string = "untouched";
	bool flag = true;

	CHECK(!json_get_string(parse_text("1"), &string));
	CHECK(!json_get_string(parse_text("null"), &string));
	CHECK(!json_get_string(parse_text("[\"a\"]"), &string));
	CHECK_STR(string, "untouched");
	CHECK(!json_get_bool(parse_text("0"), &flag));
	CHECK(!json_get_bool(parse_text("\"false\""), &flag));
	CHECK(!json_get_bool(parse_text("null"), &flag));
	CHECK(flag);
	CHECK(json_get_bool(parse_text("false"), &flag));
	CHECK(!flag);
}

TEST(a_member_is_found_by_its_exact_key)
{
	const struct cJSON *tree = parse_text("{\"a\":1,\"B\":2,\"\\u0063\":3}");
	uint64_t value = 0;

	CHECK(json_is_object(tree));
	CHECK(!json_is_array(tree));
	CHECK(json_member(tree, "A") == NULL);
	CHECK(json_member(tree, "b") == NULL);
	CHECK(json_member(tree, "") == NULL);
	REQUIRE(json_member(tree, "c") != NULL);
	CHECK(json_get_count(json_member(tree, "c"), &value));
	CHECK_INT(value, ==, 3);
	CHECK_STR(json_key(json_first(tree)), "a");
}

TEST(too_many_values_for_the_arena_are_refused_and_the_next_text_is_not)
{
	static char text[LARGE];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ',' : '0';
	text[0] = '[';
	text[1] = '0';
	for (size_t i = 2; i < sizeof(text) - 2; i++)
		text[i] = i % 2 ? '0' : ',';
	text[sizeof(text) - 2] = ' ';
	text[sizeof(text) - 1] = ']';
	CHECK_STR(json_scan(text, sizeof(text)), NULL);
	CHECK(is_refused_for(text, sizeof(text), "too many values"));
	parse_text("{\"a\":[1,2,3]}");
}

TEST(the_largest_string_that_a_frame_holds_is_parsed)
{
	static char text[LARGE];
	const char *value, *problem;
	const struct cJSON *tree;

	memset(text, 'x', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '"';
	tree = parse(text, sizeof(text), &problem);
	REQUIRE(tree != NULL);
	REQUIRE(json_get_string(tree, &value));
	CHECK_INT(strlen(value), ==, LARGE - 2);
}

TEST(thousands_of_keys_are_compared_in_no_time)
{
	static char text[LARGE];
	size_t len = 1;

	text[0] = '{';
	for (int i = 0; i < 8000; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "\"key-%d\":0,", i);
	text[len - 1] = '}';
	CHECK_INT(json_count(parse_text(text)), ==, 8000);
	/* The last key becomes the first one. */
	snprintf(text + len - 1, sizeof(text) - len, ",\"key-0\":0}");
	CHECK(is_refused_for(text, strlen(text), "same key twice"));
}

TEST(memory_beyond_the_arena_is_not_handed_out)
{
	parse_text("{}");
	CHECK(json_alloc(LIMIT_JSON_ARENA_BYTES + 1) == NULL);
	CHECK(json_alloc((size_t)-1) == NULL);
	CHECK(json_alloc((size_t)-16) == NULL);
	CHECK(json_alloc(LIMIT_JSON_ARENA_BYTES) == NULL);
	CHECK(json_alloc(LIMIT_JSON_ARENA_BYTES / 2) != NULL);
	CHECK(json_alloc(LIMIT_JSON_ARENA_BYTES / 2) == NULL);
	CHECK((uintptr_t)json_alloc(1) % 16 == 0);
}

TEST(every_truncation_of_a_request_is_refused)
{
	static const char text[] =
		"{\"op\":\"exec\",\"argv\":[\"a\",\"\\u00fc\\ud83d\\ude00 \xc3\xbc\"],\"stdin\":true,\"n\":null,\"env\":{\"A\":\"b\"}}";
	const char *problem;

	for (size_t len = 0; len < strlen(text); len++)
		if (!CHECK(parse(text, len, &problem) == NULL))
			tap_diag("%zu bytes", len);
	CHECK(parse(text, strlen(text), &problem) != NULL);
}
