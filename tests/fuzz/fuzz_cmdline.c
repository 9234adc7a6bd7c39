/* SPDX-License-Identifier: Apache-2.0 */
/* links: init/cmdline.c common/edit_distance.c */
/*
 * The input is a kernel command line. Properties: the words end, each moves the cursor and is no longer than what it was made
 * of; options stay within their bounds; a word that does not set leaves everything as it was; a word that sets does the same
 * when it comes again.
 */
#include "init/cmdline.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void check_options(const struct options *options)
{
	FUZZ_CHECK(options->port > 0 && options->port < UINT32_MAX);
	FUZZ_CHECK(options->log <= LOG_DEBUG);
	FUZZ_CHECK(options->agent.text[0] == '/');
	FUZZ_CHECK(memchr(options->agent.text, '\0', sizeof(options->agent.text)) != NULL);
	FUZZ_CHECK(options->listen.unix_path[0] == '\0' || options->listen.unix_path[0] == '/');
	FUZZ_CHECK(memchr(options->listen.unix_path, '\0', sizeof(options->listen.unix_path)) != NULL);
}

static void check_word(struct options *options, const char *word)
{
	struct options before = *options;
	struct options again;
	const char *hint = "";
	enum cmdline_result result = cmdline_apply_word(options, word, &hint);

	check_options(options);
	FUZZ_CHECK((result == CMDLINE_FOREIGN) == (strncmp(word, "pith.", 5) != 0));
	if (result == CMDLINE_SET) {
		FUZZ_REACHED("a word that sets");
		FUZZ_CHECK(hint == NULL);
		again = *options;
		FUZZ_CHECK(cmdline_apply_word(&again, word, &hint) == CMDLINE_SET);
		FUZZ_CHECK(memcmp(&again, options, sizeof(again)) == 0);
		return;
	}
	FUZZ_CHECK(memcmp(&before, options, sizeof(before)) == 0);
	if (result == CMDLINE_BAD_VALUE) {
		FUZZ_REACHED("a wrong value");
		FUZZ_CHECK(hint != NULL);
	}
	if (result == CMDLINE_UNKNOWN && hint) {
		FUZZ_REACHED("an unknown option near a known one");
		/* The hint must be a name: with a value it may be wrong, but it is not unknown. */
		char known[64] = "pith.";

		strncat(known, hint, sizeof(known) - strlen(known) - 1);
		FUZZ_CHECK(cmdline_apply_word(options, known, &hint) == CMDLINE_BAD_VALUE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	char *word = malloc(size + 1);
	struct options options;
	const char *cursor = line;

	if (!line || !word)
		abort();
	memcpy(line, data, size);
	line[size] = '\0';
	cmdline_init(&options);
	check_options(&options);
	for (;;) {
		const char *before = cursor;
		bool more = cmdline_next_word(&cursor, word, size + 1);

		FUZZ_CHECK(cursor >= before && cursor <= line + strlen(line));
		if (!more) {
			FUZZ_CHECK(*cursor == '\0');
			break;
		}
		FUZZ_CHECK(cursor > before);
		FUZZ_CHECK(strlen(word) <= (size_t)(cursor - before));
		if (strchr(word, ' '))
			FUZZ_REACHED("a word with a quoted space");
		check_word(&options, word);
	}
	free(line);
	free(word);
	return 0;
}
