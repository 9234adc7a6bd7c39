/* SPDX-License-Identifier: Apache-2.0 */
/* links: init/cmdline.c common/edit_distance.c */
/* Claims about the words of the kernel command line and what they set. */
#include "init/cmdline.h"

#include <string.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

static struct options defaults(void)
{
	struct options options;

	cmdline_init(&options);
	return options;
}

TEST(the_defaults_are_those_of_the_table)
{
	struct options options = defaults();

	CHECK_INT(options.port, ==, 1001);
	CHECK_INT(options.log, ==, LOG_INFO);
	CHECK_STR(options.listen.unix_path, "");
	CHECK_STR(options.agent.text, "/usr/lib/pith/pith-agent");
}

TEST(every_option_is_set_by_its_name)
{
	struct options options = defaults();
	const char *hint;

	CHECK_INT(cmdline_apply_word(&options, "pith.port=7", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.log=debug", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.listen=unix:/run/a", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.agent=/opt/agent", &hint), ==, CMDLINE_SET);
	CHECK(hint == NULL);
	CHECK_INT(options.port, ==, 7);
	CHECK_INT(options.log, ==, LOG_DEBUG);
	CHECK_STR(options.listen.unix_path, "/run/a");
	CHECK_STR(options.agent.text, "/opt/agent");
	CHECK_INT(cmdline_apply_word(&options, "pith.listen=vsock", &hint), ==, CMDLINE_SET);
	CHECK_STR(options.listen.unix_path, "");
}

TEST(what_the_root_is_made_of_is_told_by_words)
{
	struct options options = defaults();
	const char *hint;

	CHECK_STR(options.root.text, "");
	CHECK_STR(options.overlay.text, "");
	CHECK_INT(options.rootfail, ==, OPTION_FAIL_STAY);
	CHECK_INT(options.rootwait_ms, ==, 5000);
	CHECK_INT(cmdline_apply_word(&options, "pith.root=/dev/vda", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.rootfstype=erofs", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.overlay=/dev/vdb", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.rootfail=shell", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.rootwait_ms=600000", &hint), ==, CMDLINE_SET);
	CHECK_STR(options.root.text, "/dev/vda");
	CHECK_STR(options.rootfstype.text, "erofs");
	CHECK_STR(options.overlay.text, "/dev/vdb");
	CHECK_INT(options.rootfail, ==, OPTION_FAIL_SHELL);
	CHECK_INT(options.rootwait_ms, ==, 600000);
	CHECK_INT(cmdline_apply_word(&options, "pith.overlay=tmpfs:50%", &hint), ==, CMDLINE_SET);
	CHECK_STR(options.overlay.text, "tmpfs:50%");
	CHECK_INT(cmdline_apply_word(&options, "pith.overlay=tmpfs", &hint), ==, CMDLINE_SET);
	CHECK_INT(cmdline_apply_word(&options, "pith.overlay=", &hint), ==, CMDLINE_SET);
	CHECK_STR(options.overlay.text, "");
}

TEST(the_exit_port_is_decimal_or_hexadecimal)
{
	struct options options = defaults();
	const char *hint;

	CHECK_INT(options.exit_port, ==, 0);
	CHECK_INT(cmdline_apply_word(&options, "pith.exit_port=0xf4", &hint), ==, CMDLINE_SET);
	CHECK_INT(options.exit_port, ==, 0xf4);
	CHECK_INT(cmdline_apply_word(&options, "pith.exit_port=65535", &hint), ==, CMDLINE_SET);
	CHECK_INT(options.exit_port, ==, 65535);
}

TEST(the_later_word_wins)
{
	struct options options = defaults();
	const char *hint;

	cmdline_apply_word(&options, "pith.port=7", &hint);
	cmdline_apply_word(&options, "pith.port=8", &hint);
	CHECK_INT(options.port, ==, 8);
}

TEST(words_of_others_are_left_alone)
{
	static const char *const words[] = {
		"", "quiet", "root=/dev/vda", "pith", "pithport=1", "xpith.port=7", "PITH.port=7", "pith_port=7",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct options options = defaults();
		struct options before = options;
		const char *hint = "";

		if (!CHECK_INT(cmdline_apply_word(&options, words[i], &hint), ==, CMDLINE_FOREIGN))
			tap_diag("%s", words[i]);
		CHECK(hint == NULL);
		CHECK_MEM(&options, &before, sizeof(options));
	}
}

TEST(an_unknown_option_gets_the_nearest_name_or_none)
{
	static const struct {
		const char *word;
		const char *nearest;
	} rows[] = {
		{ "pith.prot=1", "port" },   { "pith.Port=1", "port" },	    { "pith.ports=1", "port" },	 { "pith.lisen=vsock", "listen" },
		{ "pith.agnet=/a", "agent" }, { "pith.lgo=info", "log" },    { "pith.zzzzzzz=1", NULL },   { "pith.=1", NULL },
		{ "pith.", NULL },	      { "pith.portportportportport=1", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options options = defaults();
		const char *hint = "";

		tap_diag("%s", rows[i].word);
		CHECK_INT(cmdline_apply_word(&options, rows[i].word, &hint), ==, CMDLINE_UNKNOWN);
		CHECK_STR(hint, rows[i].nearest);
	}
}

TEST(a_wrong_value_changes_nothing_and_tells_what_is_accepted)
{
	static const char *const words[] = {
		"pith.port", "pith.port=", "pith.port=0", "pith.port=-1", "pith.port=+1", "pith.port= 1", "pith.port=1x", "pith.port=0x10",
		"pith.port=4294967295", "pith.port=4294967296", "pith.port=18446744073709551617", "pith.port=99999999999999999999999999",
		"pith.log", "pith.log=", "pith.log=INFO", "pith.log=infos", "pith.log=2",
		"pith.listen=", "pith.listen=unix:", "pith.listen=unix:relative", "pith.listen=tcp:1", "pith.listen=vsock:1",
		"pith.agent", "pith.agent=", "pith.agent=relative",
		"pith.root", "pith.rootfail=", "pith.rootfail=panic", "pith.rootwait_ms=600001", "pith.rootwait_ms=1s",
		"pith.exit_port=65536", "pith.exit_port=0x", "pith.exit_port=0x10000", "pith.exit_port=f4", "pith.exit_port=0xF4",
		"pith.overlay=ramfs", "pith.overlay=tmpfs:", "pith.overlay=tmpfs:1M,mode=0", "pith.overlay=tmpfsx", "pith.overlay=disk",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct options options = defaults();
		struct options before = options;
		const char *hint = NULL;

		if (!CHECK_INT(cmdline_apply_word(&options, words[i], &hint), ==, CMDLINE_BAD_VALUE))
			tap_diag("%s", words[i]);
		CHECK(hint != NULL);
		CHECK_MEM(&options, &before, sizeof(options));
	}
}

TEST(the_ends_of_the_port_range_are_accepted)
{
	struct options options = defaults();
	const char *hint;

	CHECK_INT(cmdline_apply_word(&options, "pith.port=1", &hint), ==, CMDLINE_SET);
	CHECK_INT(options.port, ==, 1);
	CHECK_INT(cmdline_apply_word(&options, "pith.port=4294967294", &hint), ==, CMDLINE_SET);
	CHECK_INT(options.port, ==, 4294967294u);
}

/* "pith.NAME=PREFIX/xxx…" of len bytes after PREFIX. */
static void long_word(char *word, const char *start, size_t len)
{
	size_t n = strlen(start);

	memcpy(word, start, n);
	memset(word + n, 'x', len);
	word[n] = '/';
	word[n + len] = '\0';
}

TEST(a_path_as_long_as_its_field_is_accepted_and_one_longer_is_not)
{
	struct options options = defaults();
	const char *hint;
	char word[512];

	long_word(word, "pith.agent=", sizeof(options.agent.text) - 1);
	CHECK_INT(cmdline_apply_word(&options, word, &hint), ==, CMDLINE_SET);
	CHECK_INT(strlen(options.agent.text), ==, sizeof(options.agent.text) - 1);
	long_word(word, "pith.agent=", sizeof(options.agent.text));
	CHECK_INT(cmdline_apply_word(&options, word, &hint), ==, CMDLINE_BAD_VALUE);
	long_word(word, "pith.listen=unix:", sizeof(options.listen.unix_path) - 1);
	CHECK_INT(cmdline_apply_word(&options, word, &hint), ==, CMDLINE_SET);
	long_word(word, "pith.listen=unix:", sizeof(options.listen.unix_path));
	CHECK_INT(cmdline_apply_word(&options, word, &hint), ==, CMDLINE_BAD_VALUE);
}

TEST(a_line_is_cut_into_words_as_the_kernel_does)
{
	static const char line[] = "  quiet\tpith.port=7 pith.agent=\"/a b\" \"pith.log=de\"bug\n-- \"\" open=\"to the end  ";
	static const char *const words[] = { "quiet", "pith.port=7", "pith.agent=/a b", "pith.log=debug", "--", "", "open=to the end  " };
	const char *cursor = line;
	char word[sizeof(line)];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		REQUIRE(cmdline_next_word(&cursor, word, sizeof(word)));
		CHECK_STR(word, words[i]);
	}
	CHECK(!cmdline_next_word(&cursor, word, sizeof(word)));
	CHECK(!cmdline_next_word(&cursor, word, sizeof(word)));
}

TEST(an_empty_line_has_no_words)
{
	static const char *const lines[] = { "", " ", "\t\n\v\f\r " };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *cursor = lines[i];
		char word[16];

		CHECK(!cmdline_next_word(&cursor, word, sizeof(word)));
	}
}

TEST(a_word_larger_than_its_buffer_is_cut_and_passed)
{
	const char *cursor = "abcdefgh next";
	char word[5];

	REQUIRE(cmdline_next_word(&cursor, word, sizeof(word)));
	CHECK_STR(word, "abcd");
	REQUIRE(cmdline_next_word(&cursor, word, sizeof(word)));
	CHECK_STR(word, "next");
}
