/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/cli/escape.c */
#include "host/cli/escape.h"

#include <string.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

static char sent[256];

/* Types text; what goes on is in sent. Returns the last action. */
static enum escape_action type(const char *text)
{
	struct escape escape = { .state = ESCAPE_LINE_START };
	enum escape_action last = ESCAPE_NONE;
	size_t used = 0;

	for (; *text; text++) {
		uint8_t out[2];
		size_t len;
		enum escape_action action = escape_take(&escape, (uint8_t)*text, out, &len);

		REQUIRE(len <= 2 && used + len < sizeof(sent));
		memcpy(sent + used, out, len);
		used += len;
		if (action != ESCAPE_NONE)
			last = action;
	}
	sent[used] = '\0';
	return last;
}

TEST(an_escape_is_known_at_the_beginning_of_a_line_and_sends_nothing)
{
	static const struct {
		const char *typed;
		const char *sent;
		enum escape_action action;
	} cases[] = {
		{ "~.", "", ESCAPE_LEAVE },         { "~?", "", ESCAPE_HELP },          { "~\x1a", "", ESCAPE_SUSPEND },
		{ "ls\r~.", "ls\r", ESCAPE_LEAVE }, { "ls\n~.", "ls\n", ESCAPE_LEAVE }, { "~?~.", "", ESCAPE_LEAVE },
		{ "~x\r~.", "~x\r", ESCAPE_LEAVE }, { "~\r~.", "~\r", ESCAPE_LEAVE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_diag("case %zu", i);
		CHECK_INT(type(cases[i].typed), ==, cases[i].action);
		CHECK_STR(sent, cases[i].sent);
	}
}

TEST(every_other_byte_goes_on_as_it_was_typed)
{
	static const struct {
		const char *typed;
		const char *sent;
	} cases[] = {
		{ "", "" },
		{ "a~.", "a~." },
		{ "~~", "~" },
		{ "~~.", "~." },
		{ "~~~.", "~~." },
		{ "~a~.", "~a~." },
		{ "\x03~.", "\x03~." },
		{ "~\x03", "~\x03" },
		{ "\xc3\xa4~?", "\xc3\xa4~?" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_diag("case %zu", i);
		CHECK_INT(type(cases[i].typed), ==, ESCAPE_NONE);
		CHECK_STR(sent, cases[i].sent);
	}
}

TEST(what_the_terminal_answers_at_the_beginning_of_a_line_is_not_typed)
{
	CHECK_INT(type("ls\r\x1b[25;1R~."), ==, ESCAPE_LEAVE);
	CHECK_STR(sent, "ls\r\x1b[25;1R");
	CHECK_INT(type("\x1b[?1;2c\x1b[0n~."), ==, ESCAPE_LEAVE);
	/* An arrow key, Alt and a letter, and an answer in the middle of a line. */
	CHECK_INT(type("\x1b[A~."), ==, ESCAPE_NONE);
	CHECK_INT(type("\x1bx~."), ==, ESCAPE_NONE);
	CHECK_INT(type("x\x1b[25;1R~."), ==, ESCAPE_NONE);
	CHECK_STR(sent, "x\x1b[25;1R~.");
}

TEST(a_tilde_is_kept_back_until_the_next_byte)
{
	CHECK_INT(type("x\r~"), ==, ESCAPE_NONE);
	CHECK_STR(sent, "x\r");
}
