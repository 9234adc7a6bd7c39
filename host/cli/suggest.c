/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what counts as meant. Never: proposes a word of which a third would be wrong. */
#include "host/cli/suggest.h"

#include <string.h>

#include "common/edit_distance.h"

static size_t min2(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool suggest_is_better(const char *word, const char *candidate, size_t *distance)
{
	size_t d = edit_distance(word, strlen(word), candidate, strlen(candidate));
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
