/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/cli/options.c host/cli/suggest.c host/cli/parse_units.c common/edit_distance.c */
#include "host/cli/options.h"

#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/edit_distance.h"
#include "host/cli/suggest.h"
#include "tests/harness/tap.h"

static const struct option own[] = {
	{ "json", 'j', OPTION_FLAG, NULL, offsetof(struct settings, json), "h" },
	{ "no-stdin", 'n', OPTION_FLAG, NULL, offsetof(struct settings, no_stdin), "h" },
	{ "env", 'e', OPTION_TEXTS, "NAME", offsetof(struct settings, env), "h" },
	{ "count", 'c', OPTION_COUNT, "N", offsetof(struct settings, count), "h" },
	{ "max-output", 0, OPTION_SIZE, "SIZE", offsetof(struct settings, max_output_bytes), "h" },
};
static const struct option shared[] = {
	{ "vm", 0, OPTION_TEXT, "ADDR", offsetof(struct settings, vm), "h" },
	{ "timeout", 0, OPTION_DURATION, "TIME", offsetof(struct settings, timeout_ms), "h" },
};
static const struct option_table tables[] = { { own, ARRAY_SIZE(own) }, { NULL, 0 }, { shared, ARRAY_SIZE(shared) } };

static const char *env_items[8], *given_items[8];
static struct settings settings;
static char problem[OPTIONS_PROBLEM_MAX];

static int parse(const char *a, const char *b, const char *c, const char *d)
{
	char words[4][64];
	const char *given[] = { a, b, c, d };
	char *argv[5] = { NULL };

	for (int i = 0; i < 4 && given[i]; i++) {
		strncpy(words[i], given[i], sizeof(words[i]) - 1);
		words[i][sizeof(words[i]) - 1] = '\0';
		argv[i] = words[i];
	}
	settings = (struct settings){ .env.items = env_items, .given.items = given_items };
	problem[0] = '\0';
	return options_parse(argv, tables, ARRAY_SIZE(tables), &settings, problem);
}

TEST(options_end_at_the_first_word_that_is_none)
{
	CHECK_INT(parse("-n", "ls", "-j", NULL), ==, 1);
	CHECK(settings.no_stdin && !settings.json);
	CHECK_INT(parse("ls", "-n", NULL, NULL), ==, 0);
	CHECK_INT(parse("-", "-n", NULL, NULL), ==, 0);
	CHECK_INT(parse(NULL, NULL, NULL, NULL), ==, 0);
}

TEST(a_double_dash_is_taken_and_ends_them)
{
	CHECK_INT(parse("-n", "--", "-j", NULL), ==, 2);
	CHECK(settings.no_stdin && !settings.json);
}

TEST(a_value_comes_behind_an_equals_sign_or_as_the_next_word)
{
	CHECK_INT(parse("--timeout=3s", "--count", "7", NULL), ==, 3);
	CHECK_INT(settings.timeout_ms, ==, 3000);
	CHECK_INT(settings.count, ==, 7);
	CHECK_INT(parse("-c7", "--max-output=16M", NULL, NULL), ==, 2);
	CHECK_INT(settings.count, ==, 7);
	CHECK_INT(settings.max_output_bytes, ==, 16 << 20);
	CHECK_INT(parse("-njc", "7", NULL, NULL), ==, 2);
	CHECK(settings.no_stdin && settings.json && settings.count == 7);
}

TEST(a_value_may_look_like_an_option)
{
	CHECK_INT(parse("--env", "--json", "-e", "--"), ==, 4);
	CHECK(!settings.json);
	CHECK_INT(settings.env.count, ==, 2);
}

TEST(an_unknown_option_names_the_nearest_one)
{
	static const struct {
		const char *word;
		const char *problem;
	} cases[] = {
		{ "--tiemout", "unknown option --tiemout; did you mean --timeout?" },
		{ "--jsno=1", "unknown option --jsno; did you mean --json?" },
		{ "--max", "unknown option --max; did you mean --max-output?" },
		{ "--vn", "unknown option --vn; did you mean --vm?" },
		{ "--completely-different", "unknown option --completely-different" },
		{ "-x", "unknown option -x" },
		{ "-nx", "unknown option -x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_INT(parse(cases[i].word, NULL, NULL, NULL), ==, -1);
		CHECK_STR(problem, cases[i].problem);
	}
}

TEST(a_value_that_is_missing_wrong_or_too_much_is_told)
{
	CHECK_INT(parse("--timeout", NULL, NULL, NULL), ==, -1);
	CHECK_STR(problem, "--timeout needs a value: TIME");
	CHECK_INT(parse("--timeout", "3", NULL, NULL), ==, -1);
	CHECK_STR(problem, "--timeout 3: a duration needs a unit, as in 500ms, 3s or 2m");
	CHECK_INT(parse("--json=yes", NULL, NULL, NULL), ==, -1);
	CHECK_STR(problem, "--json takes no value");
	CHECK_INT(parse("-c", "0", NULL, NULL), ==, -1);
	CHECK_STR(problem, "--count 0: it must be a number from 1 to 1000000");
	CHECK_INT(parse("--max-output", "1X", NULL, NULL), ==, -1);
	CHECK_STR(problem, "--max-output 1X: the units of sizes are K, M, G and T, in powers of 1024");
}

TEST(the_distance_counts_insertions_deletions_changes_and_swaps)
{
	static const struct {
		const char *a;
		const char *b;
		size_t distance;
	} cases[] = {
		{ "", "", 0 },
		{ "exec", "exec", 0 },
		{ "", "exec", 4 },
		{ "exec", "", 4 },
		{ "exce", "exec", 1 },
		{ "exe", "exec", 1 },
		{ "exxec", "exec", 1 },
		{ "exac", "exec", 1 },
		{ "pign", "ping", 1 },
		{ "kitten", "sitting", 3 },
		{ "ab", "ba", 1 },
		{ "abcdefghijklmnopqrstuvwxyzabcdefghijkl", "abcdefghijklmnopqrstuvwxyzabcdefZZZZ", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_diag("%s %s", cases[i].a, cases[i].b);
		CHECK_INT(edit_distance(cases[i].a, strlen(cases[i].a), cases[i].b, strlen(cases[i].b)), ==, cases[i].distance);
		CHECK_INT(edit_distance(cases[i].b, strlen(cases[i].b), cases[i].a, strlen(cases[i].a)), ==, cases[i].distance);
	}
}

TEST(only_what_is_near_and_nearer_is_proposed)
{
	size_t distance = SIZE_MAX;

	CHECK(!suggest_is_better("ls", "exec", &distance));
	CHECK(suggest_is_better("rebot", "reboot", &distance));
	CHECK_INT(distance, ==, 1);
	CHECK(!suggest_is_better("rebot", "robot", &distance));
}
