/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the edit distance. Never: allocates; words are short here. */
#include "common/edit_distance.h"

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[3][EDIT_DISTANCE_MAX + 1], *above2 = rows[0], *above = rows[1], *row = rows[2];

	a_len = a_len < EDIT_DISTANCE_MAX ? a_len : EDIT_DISTANCE_MAX;
	b_len = b_len < EDIT_DISTANCE_MAX ? b_len : EDIT_DISTANCE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *next = above2;

		above2 = above;
		above = row;
		row = next;
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return row[b_len];
}
