/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the edit distance. Never: allocates; words are short here. */
#include "nearest.h"

#include <string.h>

#define WORD_MAX 31u

static size_t min2(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t a_len = strnlen(a, WORD_MAX), b_len = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = min2(change, min2(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min2(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

bool nearest_is_better(const char *word, const char *candidate, size_t *distance)
{
	size_t d = nearest_distance(word, candidate);
	size_t longer = strlen(word) > strlen(candidate) ? strlen(word) : strlen(candidate);

	/* The beginning of a long word is as good as one error. */
	if (word[0] != '\0' && word[1] != '\0' && strncmp(word, candidate, strlen(word)) == 0)
		d = min2(d, 1);
	/* A third of the word wrong is a typing error; more is another word. */
	if (d > (longer + 2) / 3 || d >= *distance)
		return false;
	*distance = d;
	return true;
}
