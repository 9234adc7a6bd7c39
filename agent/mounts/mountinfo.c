/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the grammar of mountinfo. Never: trusts a name in a line: the guest's programs choose most of them. */
#include "agent/mounts/mountinfo.h"

#include <stdlib.h>
#include <string.h>

static char *next_word(char **at)
{
	char *word = *at, *end;

	if (!word || !*word)
		return NULL;
	end = strchr(word, ' ');
	if (end)
		*end++ = '\0';
	*at = end;
	return word;
}

static bool is_octal(const char *text)
{
	for (int i = 0; i < 3; i++)
		if (text[i] < '0' || text[i] > '7')
			return false;
	return text[0] <= '3';
}

/* The kernel writes space, tab, newline and backslash as three octal digits. */
static void undo_escapes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (*from == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool parse_number(const char *text, char end, unsigned int *ret, const char **ret_end)
{
	char *stop;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return false;
	value = strtoul(text, &stop, 10);
	if (*stop != end || value > 0xffffffffUL)
		return false;
	*ret = (unsigned int)value;
	*ret_end = stop + 1;
	return true;
}

bool mountinfo_parse(char *line, struct mountinfo *ret)
{
	char *words[6], *word;
	const char *end;

	for (int i = 0; i < 6; i++) {
		words[i] = next_word(&line);
		if (!words[i])
			return false;
	}
	/* Skips the optional fields up to the hyphen. */
	do
		word = next_word(&line);
	while (word && strcmp(word, "-") != 0);
	ret->type = next_word(&line);
	ret->source = next_word(&line);
	ret->super = next_word(&line);
	if (!word || !ret->type || !ret->source || !ret->super)
		return false;
	if (!parse_number(words[0], '\0', &ret->id, &end) || !parse_number(words[1], '\0', &ret->parent, &end) ||
	    !parse_number(words[2], ':', &ret->major, &end) || !parse_number(end, '\0', &ret->minor, &end))
		return false;
	undo_escapes(words[3]);
	undo_escapes(words[4]);
	ret->root = words[3];
	ret->path = words[4];
	ret->options = words[5];
	return true;
}

bool mountinfo_has(const char *options, const char *option)
{
	size_t n = strlen(option);

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, option, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return true;
	}
	return false;
}
