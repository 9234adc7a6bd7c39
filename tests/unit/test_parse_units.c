/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/cli/parse_units.c */
#include "host/cli/parse_units.h"

#include "common/cleanup.h"
#include "tests/harness/tap.h"

#define UNTOUCHED 4711

TEST(durations_with_a_unit_are_milliseconds)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "500ms", 500 },
		{ "3s", 3000 },
		{ "2m", 120000 },
		{ "2min", 120000 },
		{ "1h", 3600000 },
		{ "7d", 604800000 },
		{ "1.5s", 1500 },
		{ "0.25m", 15000 },
		{ "0", 0 },
		{ "0s", 0 },
		{ "0.0", 0 },
		{ "0.0009s", 0 },
		{ "1.0019s", 1001 },
		{ "0.12345678901234567890s", 123 },
		{ "366d", PARSE_UNITS_DURATION_MAX_MS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t ms = UNTOUCHED;

		tap_diag("%s", cases[i].text);
		CHECK_INT(parse_units_duration(cases[i].text, &ms), ==, PARSE_UNITS_OK);
		CHECK_INT(ms, ==, cases[i].ms);
	}
}

TEST(a_duration_that_is_none_says_why_and_writes_nothing)
{
	static const struct {
		const char *text;
		enum parse_units_result result;
	} cases[] = {
		{ "", PARSE_UNITS_EMPTY },
		{ "3", PARSE_UNITS_NO_UNIT },
		{ "0.5", PARSE_UNITS_NO_UNIT },
		{ "s", PARSE_UNITS_NOT_A_NUMBER },
		{ "-1s", PARSE_UNITS_NOT_A_NUMBER },
		{ "+1s", PARSE_UNITS_NOT_A_NUMBER },
		{ " 1s", PARSE_UNITS_NOT_A_NUMBER },
		{ "1 s", PARSE_UNITS_BAD_UNIT },
		{ "1S", PARSE_UNITS_BAD_UNIT },
		{ "1sec", PARSE_UNITS_BAD_UNIT },
		{ "1s ", PARSE_UNITS_BAD_UNIT },
		{ "1.s", PARSE_UNITS_NOT_A_NUMBER },
		{ ".5s", PARSE_UNITS_NOT_A_NUMBER },
		{ "1e3s", PARSE_UNITS_BAD_UNIT },
		{ "0x10s", PARSE_UNITS_BAD_UNIT },
		{ "367d", PARSE_UNITS_TOO_LARGE },
		{ "31622400001ms", PARSE_UNITS_TOO_LARGE },
		{ "18446744073709551615ms", PARSE_UNITS_TOO_LARGE },
		{ "18446744073709551616ms", PARSE_UNITS_TOO_LARGE },
		{ "99999999999999999999999999d", PARSE_UNITS_TOO_LARGE },
		/* 2^64 / 86,400,000 + 1: wraps to a small number where the product is not checked. */
		{ "213503982336d", PARSE_UNITS_TOO_LARGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t ms = UNTOUCHED;

		tap_diag("\"%s\"", cases[i].text);
		CHECK_INT(parse_units_duration(cases[i].text, &ms), ==, cases[i].result);
		CHECK_INT(ms, ==, UNTOUCHED);
	}
}

TEST(sizes_are_powers_of_1024)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "4096", 4096 },
		{ "4096B", 4096 },
		{ "64K", 65536 },
		{ "64KiB", 65536 },
		{ "16M", 16777216 },
		{ "1.5G", 1610612736 },
		{ "2TiB", 2199023255552 },
		{ "8192T", 1ULL << 53 },
		{ "9007199254740992", 1ULL << 53 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = UNTOUCHED;

		tap_diag("%s", cases[i].text);
		CHECK_INT(parse_units_size(cases[i].text, &bytes), ==, PARSE_UNITS_OK);
		CHECK_INT(bytes, ==, cases[i].bytes);
	}
}

TEST(a_size_above_2_to_the_53_is_refused)
{
	static const char *const cases[] = {
		"9007199254740993",   "8192.1T", "8193T", "18446744073709551615", "18446744073709551616", "16777216T",
		"18014398509481984K",
	};
	uint64_t bytes = UNTOUCHED;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_diag("%s", cases[i]);
		CHECK_INT(parse_units_size(cases[i], &bytes), ==, PARSE_UNITS_TOO_LARGE);
	}
	CHECK_INT(parse_units_size("16k", &bytes), ==, PARSE_UNITS_BAD_UNIT);
	CHECK_INT(parse_units_size("16MB", &bytes), ==, PARSE_UNITS_BAD_UNIT);
	CHECK_INT(bytes, ==, UNTOUCHED);
}

TEST(a_count_is_a_plain_number_within_its_bounds)
{
	uint64_t n = UNTOUCHED;

	CHECK_INT(parse_units_count("1", 1, 10, &n), ==, PARSE_UNITS_OK);
	CHECK_INT(n, ==, 1);
	CHECK_INT(parse_units_count("10", 1, 10, &n), ==, PARSE_UNITS_OK);
	CHECK_INT(n, ==, 10);
	CHECK_INT(parse_units_count("0", 1, 10, &n), ==, PARSE_UNITS_TOO_LARGE);
	CHECK_INT(parse_units_count("11", 1, 10, &n), ==, PARSE_UNITS_TOO_LARGE);
	CHECK_INT(parse_units_count("1.5", 1, 10, &n), ==, PARSE_UNITS_NOT_A_NUMBER);
	CHECK_INT(parse_units_count("1x", 1, 10, &n), ==, PARSE_UNITS_NOT_A_NUMBER);
	CHECK_INT(n, ==, 10);
}

TEST(numbers_are_written_with_the_unit_that_fits)
{
	char text[PARSE_UNITS_TEXT_MAX];

	CHECK_STR(parse_units_format_size(0, text), "0 B");
	CHECK_STR(parse_units_format_size(1023, text), "1023 B");
	CHECK_STR(parse_units_format_size(1024, text), "1.0 KiB");
	CHECK_STR(parse_units_format_size(1536 * 1024, text), "1.5 MiB");
	CHECK_STR(parse_units_format_size(UINT64_MAX, text), "15.9 EiB");
	CHECK_STR(parse_units_format_us(999, text), "999 us");
	CHECK_STR(parse_units_format_us(1000, text), "1.00 ms");
	CHECK_STR(parse_units_format_us(1230000, text), "1.23 s");
	CHECK_STR(parse_units_format_us(61 * 1000000, text), "1 min 01 s");
	CHECK_STR(parse_units_format_us(3661 * 1000000ULL, text), "1 h 01 min");
	CHECK_STR(parse_units_format_us(UINT64_MAX, text), "5124095576 h 01 min");
}

TEST(every_result_has_a_sentence)
{
	for (int r = PARSE_UNITS_OK; r <= PARSE_UNITS_TOO_LARGE; r++) {
		CHECK(parse_units_duration_text((enum parse_units_result)r)[0] != '\0');
		CHECK(parse_units_size_text((enum parse_units_result)r)[0] != '\0');
	}
}

TEST(cpus_are_thousandths)
{
	static const struct {
		const char *text;
		enum parse_units_result result;
		uint64_t millis;
	} cases[] = {
		{ "1", PARSE_UNITS_OK, 1000 },
		{ "1.5", PARSE_UNITS_OK, 1500 },
		{ "0.25", PARSE_UNITS_OK, 250 },
		{ "0.001", PARSE_UNITS_OK, 1 },
		{ "1024", PARSE_UNITS_OK, 1024000 },
		{ "2.0009", PARSE_UNITS_OK, 2000 },
		{ "", PARSE_UNITS_EMPTY, 0 },
		{ "0", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "0.0001", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "1024.001", PARSE_UNITS_TOO_LARGE, 0 },
		{ "-1", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "1.", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "50%", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "1cpu", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "18446744073709551616", PARSE_UNITS_TOO_LARGE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t millis = 0;

		tap_diag("\"%s\"", cases[i].text);
		CHECK_INT(parse_units_cpus(cases[i].text, &millis), ==, cases[i].result);
		CHECK_INT(millis, ==, cases[i].millis);
	}
}

TEST(an_umask_is_octal_and_at_most_777)
{
	static const struct {
		const char *text;
		enum parse_units_result result;
		uint64_t value;
	} cases[] = {
		{ "0", PARSE_UNITS_OK, 0 },
		{ "022", PARSE_UNITS_OK, 022 },
		{ "22", PARSE_UNITS_OK, 022 },
		{ "777", PARSE_UNITS_OK, 0777 },
		{ "0000777", PARSE_UNITS_OK, 0777 },
		{ "", PARSE_UNITS_EMPTY, 0 },
		{ "1000", PARSE_UNITS_TOO_LARGE, 0 },
		{ "8", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "-1", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "u=rw", PARSE_UNITS_NOT_A_NUMBER, 0 },
		{ "7777777777777777777777777", PARSE_UNITS_TOO_LARGE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t value = 0;

		tap_diag("\"%s\"", cases[i].text);
		CHECK_INT(parse_units_octal(cases[i].text, &value), ==, cases[i].result);
		CHECK_INT(value, ==, cases[i].value);
	}
}

TEST(an_integer_may_have_a_sign_and_keeps_its_bounds)
{
	int64_t value = 7;

	CHECK_INT(parse_units_integer("-20", -20, 19, &value), ==, PARSE_UNITS_OK);
	CHECK_INT(value, ==, -20);
	CHECK_INT(parse_units_integer("+19", -20, 19, &value), ==, PARSE_UNITS_OK);
	CHECK_INT(value, ==, 19);
	CHECK_INT(parse_units_integer("20", -20, 19, &value), ==, PARSE_UNITS_TOO_LARGE);
	CHECK_INT(parse_units_integer("-21", -20, 19, &value), ==, PARSE_UNITS_TOO_LARGE);
	CHECK_INT(parse_units_integer("--1", -20, 19, &value), ==, PARSE_UNITS_NOT_A_NUMBER);
	CHECK_INT(parse_units_integer("-", -20, 19, &value), ==, PARSE_UNITS_EMPTY);
	CHECK_INT(parse_units_integer("1.5", -20, 19, &value), ==, PARSE_UNITS_NOT_A_NUMBER);
	CHECK_INT(parse_units_integer("99999999999999999999", -20, 19, &value), ==, PARSE_UNITS_TOO_LARGE);
	CHECK_INT(value, ==, 19);
}

TEST(a_ulimit_is_a_name_and_one_or_two_limits)
{
	static const char *const good[] = { "nofile=1024", "nofile=1024:4096", "core=unlimited", "stack=0:unlimited" };
	static const char *const bad[] = {
		"",
		"nofile",
		"nofile=",
		"=1",
		"nofile=1:",
		"nofile=:1",
		"nofile=1:2:3",
		"NOFILE=1",
		"nofile=-1",
		"nofile=1k",
		"nofile=unlimitedx",
		"no file=1",
		"nofile=123456789012345678901",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		tap_diag("%s", good[i]);
		CHECK(parse_units_is_ulimit(good[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tap_diag("%s", bad[i]);
		CHECK(!parse_units_is_ulimit(bad[i]));
	}
}
