/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates for the next word of a command line, for the completion scripts of the shells (packaging/completions/). The first
 * line of the output is one of:
 *
 *	words		then one candidate a line, and after a tab its explanation
 *	files N		names of files of this machine, after the first N bytes of the word
 */
#pragma once

#include "host/cli/command.h"

/* Prints the candidates for the last of words, which may be empty and begins where the cursor's word does. Returns the exit status. */
int complete_line(char **words);

/*
 * Prints the values of the option that begin with value, which is the rest of word. For an option without known values the output
 * is the first line alone.
 */
void complete_option_value(const struct option *option, const char *word, const char *value);

/* Prints a candidate if word is the beginning of prefix and name together. prefix_len bytes of word are the prefix. */
void complete_offer(const char *word, size_t prefix_len, const char *name, const char *what);

/* Prints the variables of this process's environment whose names begin with the rest of word. */
void complete_variables(const char *word, size_t prefix_len);
