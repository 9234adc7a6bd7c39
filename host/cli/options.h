/* SPDX-License-Identifier: Apache-2.0 */
/* Reads words of a command line by option tables. Pure but for *problem. */
#pragma once

#include "host/cli/command.h"

#define OPTIONS_PROBLEM_MAX 256u

/*
 * Takes options from words until the first word that is none, or behind "--". Tables are searched in order; a table
 * with no options is fine. Returns how many words were taken, or -1 with a sentence in problem (OPTIONS_PROBLEM_MAX
 * bytes).
 */
int options_parse(char *const *words, const struct option_table *tables, size_t table_count, struct settings *settings,
		  char *problem);

/* The option of that name or letter in the first table that has one, or NULL. */
const struct option *options_find_name(const struct option_table *tables, size_t table_count, const char *name, size_t len);
const struct option *options_find_letter(const struct option_table *tables, size_t table_count, char letter);
