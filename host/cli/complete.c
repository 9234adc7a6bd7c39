/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the parsing of an unfinished command line: its command, the kind of its last word (option, value or argument), and the
 * candidates for this word from the tables. Ids of execs come from the guest, with a short deadline.
 *
 * Never: reports an error. A malformed line, or a guest that does not answer, has no candidates.
 */
#include "host/cli/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "host/cli/cmd.h"
#include "host/cli/options.h"

#define GUEST_MS 500 /* to connect, and again for the list: short, because a user waits */

struct line {
	const char *word;		/* the last word, which is to be completed */
	struct settings settings;	/* the options that name the guest */
	const struct command *command;	/* or NULL */
	const struct option *pending;	/* the option whose value the last word is, or NULL */
	size_t arguments;		/* before the last word */
	const char *first_argument;
	bool options_ended;
	int64_t until_us;		/* deadline of the guest's list, for all pages together */
};

static bool is_option(const struct line *line, const char *word)
{
	return !line->options_ended && word[0] == '-' && word[1];
}

static void keep_value(struct line *line, const struct option *option, const char *value)
{
	if (strcmp(option->name, "vm") == 0)
		line->settings.vm = value;
}

/* Skips an unknown option: the command itself reports the error. */
static void pass_option(struct line *line, const char *word)
{
	const struct option_table none = { NULL, 0 };
	const struct option_table tables[] = { line->command ? line->command->table : none, commands_all.options };
	const struct option *option = NULL;
	size_t len;

	if (word[1] == '-') {
		len = strcspn(word, "=");
		option = options_find_name(tables, ARRAY_SIZE(tables), word + 2, len - 2);
		if (option && option->kind != OPTION_FLAG && word[len] == '=')
			keep_value(line, option, word + len + 1);
		else if (option && option->kind != OPTION_FLAG)
			line->pending = option;
		return;
	}
	for (const char *letter = word + 1; *letter; letter++) {
		option = options_find_letter(tables, ARRAY_SIZE(tables), *letter);
		if (!option)
			return;
		if (option->kind != OPTION_FLAG) {
			line->pending = letter[1] ? NULL : option;
			return;
		}
	}
}

static void pass_word(struct line *line, const char *word)
{
	if (line->pending) {
		keep_value(line, line->pending, word);
		line->pending = NULL;
	} else if (!line->options_ended && strcmp(word, "--") == 0) {
		line->options_ended = true;
	} else if (is_option(line, word)) {
		pass_option(line, word);
	} else if (!line->command && line->arguments == 0) {
		line->command = command_find(&commands_all, word);
		/* After an unknown command there are no candidates. */
		line->arguments += !line->command;
	} else {
		if (line->arguments++ == 0)
			line->first_argument = word;
		/* All later words belong to the program. */
		line->options_ended |= line->command && (line->command->rule == ARGUMENTS_PROGRAM ||
							 line->command->rule == ARGUMENTS_PROGRAM_MAY_BE);
	}
}

/* Offers name with the first part of the help text. */
static void offer_with_help(const char *word, const char *name, const char *help)
{
	char text[128];
	size_t len = strcspn(help, ";(");

	while (len > 0 && help[len - 1] == ' ')
		len--;
	snprintf(text, sizeof(text), "%.*s", (int)len, help);
	complete_offer(word, 0, name, text);
}

static void offer_options(const char *word, const struct option_table *table)
{
	char name[64];

	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->options[i];

		/* Letters are offered after a single dash only. */
		if (option->letter && word[1] == '\0') {
			snprintf(name, sizeof(name), "-%c", option->letter);
			offer_with_help(word, name, option->help);
		}
		snprintf(name, sizeof(name), "--%s", option->name);
		offer_with_help(word, name, option->help);
	}
}

static void offer_commands(const char *word)
{
	for (size_t i = 0; i < commands_all.count; i++)
		complete_offer(word, 0, commands_all.commands[i].name, commands_all.commands[i].summary);
}

/* A hostile guest may send shell code as an id, and the user's shell would execute an offered word. */
static bool is_plain_id(const char *id)
{
	for (const char *c = id; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			return false;
	return id[0] && id[0] != '-';
}

static int offer_id(void *user, const struct pith_exec_entry *entry)
{
	const struct line *line = user;
	/* Only ended execs can be forgotten. */
	bool fits = strcmp(line->command->name, "forget") != 0 || entry->ending[0];
	char what[160];

	snprintf(what, sizeof(what), "%s: %.100s", entry->ending[0] ? entry->ending : entry->state, entry->command);
	if (fits && is_plain_id(entry->id))
		complete_offer(line->word, 0, entry->id, what);
	return clock_boot_us() > line->until_us;
}

static void offer_ids(struct line *line)
{
	struct pith_conn *conn;
	struct pith_error err;

	line->settings.connect_timeout_ms = GUEST_MS;
	if (cmd_connect(&line->settings, &conn, &err) != PITH_OK)
		return;
	line->until_us = clock_boot_us() + GUEST_MS * 1000;
	pith_list(conn, GUEST_MS, offer_id, line, NULL, &err);
	pith_close(conn);
}

/* Finds the next word of letters in the usage from *text on, and moves *text to the word's end. Returns its length; 0 at the end. */
static size_t next_usage_word(const char **text, const char **ret_word)
{
	size_t len = 0;

	while (**text && !isalpha((unsigned char)**text))
		++*text;
	*ret_word = *text;
	while (isalpha((unsigned char)**text)) {
		++*text;
		len++;
	}
	return len;
}

static bool is_usage_word(const char *word, size_t len, const char *wanted)
{
	return strlen(wanted) == len && strncmp(word, wanted, len) == 0;
}

/*
 * Returns the placeholder at this position in the usage of the command: a word in capitals, or "" if there is none. Words in
 * small letters are literals; *ret_literals is true if they are to be offered.
 */
static const char *find_placeholder(const struct line *line, size_t *ret_len, bool *ret_literals)
{
	const char *text = line->command->arguments, *word, *found = "";
	bool literals = false, is_next = false;
	size_t len;

	*ret_len = 0;
	while ((len = next_usage_word(&text, &word)) > 0) {
		bool literal = islower((unsigned char)*word);

		literals |= literal;
		if (!literal && *ret_len == 0 && (is_next || !literals)) {
			found = word;
			*ret_len = len;
		}
		is_next = literal && line->first_argument && is_usage_word(word, len, line->first_argument);
	}
	*ret_literals = literals;
	return found;
}

static void offer_literals(const struct line *line)
{
	const char *text = line->command->arguments, *word;
	char name[32];

	for (size_t len; (len = next_usage_word(&text, &word)) > 0;) {
		if (!islower((unsigned char)*word))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, word);
		complete_offer(line->word, 0, name, "");
	}
}

static bool takes_another(const struct line *line, bool literals)
{
	switch (line->command->rule) {
	case ARGUMENTS_NONE:
		return false;
	case ARGUMENTS_ID:
	case ARGUMENTS_PATH:
		return line->arguments < 1;
	case ARGUMENTS_TWO_PATHS:
		return line->arguments < 2;
	case ARGUMENTS_MAY_BE:
		return line->arguments < (literals ? 2u : 1u);
	case ARGUMENTS_PROGRAM:
	case ARGUMENTS_PROGRAM_MAY_BE:
	case ARGUMENTS_IDS:
	case ARGUMENTS_WORDS:
	case ARGUMENTS_PATHS:
	case ARGUMENTS_FROM_TO:
		return true;
	}
	return true;
}

/* Of the commands with FROM and TO only mv has both in the guest. */
static bool is_file_here(const struct line *line, const char *placeholder, size_t len)
{
	if (is_usage_word(placeholder, len, "FROM"))
		return strcmp(line->command->name, "mv") != 0 && line->word[0] != ':';
	return is_usage_word(placeholder, len, "FILE");
}

static void complete_argument(struct line *line)
{
	const char *placeholder;
	bool literals;
	size_t len;

	placeholder = find_placeholder(line, &len, &literals);
	if (takes_another(line, literals) && is_file_here(line, placeholder, len)) {
		puts("files 0");
		return;
	}
	puts("words");
	if (!takes_another(line, literals))
		return;
	if (literals && line->arguments == 0)
		offer_literals(line);
	else if (is_usage_word(placeholder, len, "ID"))
		offer_ids(line);
	else if (is_usage_word(placeholder, len, "COMMAND"))
		offer_commands(line->word);
	else if (is_usage_word(placeholder, len, "NAME"))
		complete_variables(line->word, 0);
}

static void complete_word(struct line *line)
{
	const struct option_table none = { NULL, 0 };
	const struct option_table tables[] = { line->command ? line->command->table : none, commands_all.options };
	const char *equals = strchr(line->word, '=');
	const struct option *option = NULL;

	if (line->pending) {
		complete_option_value(line->pending, line->word, line->word);
		return;
	}
	if (!line->options_ended && strncmp(line->word, "--", 2) == 0 && equals) {
		option = options_find_name(tables, ARRAY_SIZE(tables), line->word + 2, (size_t)(equals - line->word) - 2);
		if (option && option->kind != OPTION_FLAG) {
			complete_option_value(option, line->word, equals + 1);
			return;
		}
	} else if (!line->options_ended && line->word[0] == '-') {
		puts("words");
		offer_options(line->word, &tables[0]);
		offer_options(line->word, &tables[1]);
		return;
	} else if (line->command) {
		complete_argument(line);
		return;
	}
	puts("words");
	if (!line->command && line->arguments == 0 && !option)
		offer_commands(line->word);
}

int complete_line(char **words)
{
	struct line line = { .word = "" };

	for (; words[0] && words[1]; words++)
		pass_word(&line, words[0]);
	if (words[0])
		line.word = words[0];
	complete_word(&line);
	return cmd_finish_output();
}
