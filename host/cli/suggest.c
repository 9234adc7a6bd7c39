/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the limit of a suggestion's distance. Never: suggests a word more than a third of which differs. */
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

	/* A prefix counts as one error. */
	if (word[0] != '\0' && word[1] != '\0' && strncmp(word, candidate, strlen(word)) == 0)
		d = min2(d, 1);
	/* Errors in up to a third of the word are typing errors; more errors mean another word. */
	if (d > (longer + 2) / 3 || d >= *distance)
		return false;
	*distance = d;
	return true;
}
