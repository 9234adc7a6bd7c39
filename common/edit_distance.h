/* SPDX-License-Identifier: Apache-2.0 */
/* The edit distance of two words, for suggestions after typing errors. Pure. */
#pragma once

#include <stddef.h>

#define EDIT_DISTANCE_MAX 31u	/* bytes of a word that are compared */

/* Insertions, deletions, changes and swaps of neighbours that turn a into b. */
unsigned int edit_distance(const char *a, size_t a_len, const char *b, size_t b_len);
