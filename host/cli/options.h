/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the words of a command line by option tables. Pure but for *problem. */
#pragma once

#include "host/cli/command.h"

#define OPTIONS_PROBLEM_MAX 256u

/*
 * Takes options from words up to the first word that is not an option, or up to and with "--". Tables are searched in
 * order; a table may be empty. Returns the number of words taken, or -1 with a sentence in problem
 * (OPTIONS_PROBLEM_MAX bytes).
 */
int options_parse(char *const *words, const struct option_table *tables, size_t table_count, struct settings *settings,
		  char *problem);

/* Return the option with this name or letter, from the first table that has it, or NULL. */
const struct option *options_find_name(const struct option_table *tables, size_t table_count, const char *name, size_t len);
const struct option *options_find_letter(const struct option_table *tables, size_t table_count, char letter);
