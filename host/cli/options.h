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
