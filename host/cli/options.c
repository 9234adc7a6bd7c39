/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the syntax of options: --name VALUE, --name=VALUE, -l VALUE, -lVALUE, and flags that may share a dash (-lr).
 *
 * Never: guesses. An option that is not in the tables is an error that names the nearest option.
 */
#include "host/cli/options.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/parse_units.h"
#include "host/cli/suggest.h"

#define COUNT_MAX 1000000u /* bound of OPTION_COUNT: larger numbers are typing errors */

struct parser {
	char *const *words;
	size_t at;
	const struct option_table *tables;
	size_t table_count;
	struct settings *settings;
	char *problem;
};

const struct option *options_find_name(const struct option_table *tables, size_t table_count, const char *name, size_t len)
{
	for (size_t t = 0; t < table_count; t++) {
		for (size_t i = 0; i < tables[t].count; i++) {
			const struct option *option = &tables[t].options[i];

			if (strlen(option->name) == len && strncmp(option->name, name, len) == 0)
				return option;
		}
	}
	return NULL;
}

const struct option *options_find_letter(const struct option_table *tables, size_t table_count, char letter)
{
	for (size_t t = 0; t < table_count; t++) {
		for (size_t i = 0; i < tables[t].count; i++) {
			if (tables[t].options[i].letter == letter)
				return &tables[t].options[i];
		}
	}
	return NULL;
}

static bool unknown_name(const struct parser *p, const char *name, size_t len)
{
	char word[64];
	const char *best = NULL;
	size_t distance = SIZE_MAX;

	snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), name);
	for (size_t t = 0; t < p->table_count; t++) {
		for (size_t i = 0; i < p->tables[t].count; i++) {
			if (suggest_is_better(word, p->tables[t].options[i].name, &distance))
				best = p->tables[t].options[i].name;
		}
	}
	snprintf(p->problem, OPTIONS_PROBLEM_MAX,
		 best ? "unknown option --%s; did you mean --%s?" : "unknown option --%s", word, best);
	return false;
}

static bool bad_value(const struct parser *p, const struct option *option, const char *value, const char *why)
{
	snprintf(p->problem, OPTIONS_PROBLEM_MAX, "--%s %.64s: %s", option->name, value, why);
	return false;
}

static bool add_to_list(struct string_list *list, const char *value)
{
	list->items[list->count++] = value;
	return true;
}

/* Stores an option whose kind is a number, within the kind's bounds. */
static bool store_number(const struct parser *p, const struct option *option, const char *value, void *member)
{
	switch (option->kind) {
	case OPTION_COUNT:
		return parse_units_count(value, 1, COUNT_MAX, member) == PARSE_UNITS_OK ||
		       bad_value(p, option, value, "it must be a number from 1 to 1000000");
	case OPTION_WEIGHT:
		return parse_units_count(value, 1, 10000, member) == PARSE_UNITS_OK ||
		       bad_value(p, option, value, "it must be a number from 1 to 10000");
	case OPTION_CPUS:
		return parse_units_cpus(value, member) == PARSE_UNITS_OK ||
		       bad_value(p, option, value, "it must be a number of CPUs from 0.001 to 1024, as in 1.5");
	case OPTION_UMASK:
		return parse_units_octal(value, member) == PARSE_UNITS_OK ||
		       bad_value(p, option, value, "it must be octal, from 0 to 777");
	case OPTION_NICE:
		return parse_units_integer(value, -20, 19, member) == PARSE_UNITS_OK ||
		       bad_value(p, option, value, "it must be a number from -20 to 19");
	case OPTION_OOM_SCORE:
		return parse_units_integer(value, -1000, 1000, member) == PARSE_UNITS_OK ||
		       bad_value(p, option, value, "it must be a number from -1000 to 1000");
	case OPTION_FLAG:
	case OPTION_TEXT:
	case OPTION_TEXTS:
	case OPTION_DURATION:
	case OPTION_SIZE:
	case OPTION_ULIMITS:
		break;
	}
	return false;
}

static bool store(const struct parser *p, const struct option *option, const char *value)
{
	void *member = (char *)p->settings + option->offset;
	enum parse_units_result r;

	add_to_list(&p->settings->given, option->name);
	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_TEXT:
		*(const char **)member = value;
		return true;
	case OPTION_TEXTS:
		return add_to_list(member, value);
	case OPTION_ULIMITS:
		if (!parse_units_is_ulimit(value))
			return bad_value(p, option, value, "it must be NAME=SOFT[:HARD], as in nofile=1024:4096");
		return add_to_list(member, value);
	case OPTION_DURATION:
		r = parse_units_duration(value, member);
		return r == PARSE_UNITS_OK || bad_value(p, option, value, parse_units_duration_text(r));
	case OPTION_SIZE:
		r = parse_units_size(value, member);
		return r == PARSE_UNITS_OK || bad_value(p, option, value, parse_units_size_text(r));
	case OPTION_COUNT:
	case OPTION_WEIGHT:
	case OPTION_CPUS:
	case OPTION_UMASK:
	case OPTION_NICE:
	case OPTION_OOM_SCORE:
		return store_number(p, option, value, member);
	}
	return false;
}

/* value is NULL if the word has no value; the next word is then the value. */
static bool take_value(struct parser *p, const struct option *option, const char *value)
{
	if (option->kind == OPTION_FLAG && value) {
		snprintf(p->problem, OPTIONS_PROBLEM_MAX, "--%s takes no value", option->name);
		return false;
	}
	if (option->kind != OPTION_FLAG && !value) {
		value = p->words[p->at];
		if (!value) {
			snprintf(p->problem, OPTIONS_PROBLEM_MAX, "--%s needs a value: %s", option->name,
				 option->argument);
			return false;
		}
		p->at++;
	}
	return store(p, option, value);
}

static bool parse_long(struct parser *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct option *option = options_find_name(p->tables, p->table_count, word, len);

	if (!option)
		return unknown_name(p, word, len);
	return take_value(p, option, word[len] == '=' ? word + len + 1 : NULL);
}

static bool parse_letters(struct parser *p, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = options_find_letter(p->tables, p->table_count, *letters);

		if (!option) {
			snprintf(p->problem, OPTIONS_PROBLEM_MAX, "unknown option -%c",
				 *letters >= ' ' && *letters < 0x7f ? *letters : '?');
			return false;
		}
		if (option->kind != OPTION_FLAG)
			return take_value(p, option, letters[1] ? letters + 1 : NULL);
		if (!take_value(p, option, NULL))
			return false;
	}
	return true;
}

int options_parse(char *const *words, const struct option_table *tables, size_t table_count, struct settings *settings,
		  char *problem)
{
	struct parser p = {
		.words = words,
		.tables = tables,
		.table_count = table_count,
		.settings = settings,
		.problem = problem,
	};

	while (words[p.at]) {
		const char *word = words[p.at];

		/* "-" alone is an argument. */
		if (word[0] != '-' || word[1] == '\0')
			break;
		p.at++;
		if (strcmp(word, "--") == 0)
			break;
		if (!(word[1] == '-' ? parse_long(&p, word + 2) : parse_letters(&p, word + 1)))
			return -1;
	}
	return (int)p.at;
}
