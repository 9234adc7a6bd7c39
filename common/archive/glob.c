/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the meaning of patterns. Never: recurses, allocates. */
#include "common/archive/glob.h"

#include <stddef.h>

/* One member of a set, or the byte after a backslash; *p moves behind it. */
static unsigned char set_byte(const char **p)
{
	if (**p == '\\' && (*p)[1])
		(*p)++;
	return (unsigned char)*(*p)++;
}

/* Behind the `[`. Returns the pattern behind the `]`, or NULL if there is none. */
static const char *match_set(const char *p, unsigned char c, bool *ret)
{
	bool negated = *p == '!' || *p == '^', found = false;
	const char *first = p += negated;

	while (*p != ']' || p == first) {
		unsigned char from, to;

		if (!*p)
			return NULL;
		from = to = set_byte(&p);
		if (*p == '-' && p[1] && p[1] != ']') {
			p++;
			to = set_byte(&p);
		}
		found |= from <= c && c <= to;
	}
	*ret = found != negated;
	return p + 1;
}

/* Does the pattern's first item, which is no `*`, take the byte? *p moves behind it. */
static bool match_one(const char **p, char c, enum glob_slash slash)
{
	bool is_barrier = c == '/' && slash == GLOB_SLASH_SEPARATES, matches;
	const char *behind;

	switch (**p) {
	case '\0':
		return false;
	case '?':
		(*p)++;
		return !is_barrier;
	case '[':
		behind = match_set(*p + 1, (unsigned char)c, &matches);
		if (!behind)
			break;
		*p = behind;
		return matches && !is_barrier;
	case '\\':
		if ((*p)[1])
			(*p)++;
		break;
	default:
		break;
	}
	return *(*p)++ == c;
}

bool glob_match(const char *pattern, const char *text, enum glob_slash slash)
{
	/* Where to go on when the rest fails: the latest star takes one byte more. No earlier star can do better. */
	const char *star = NULL, *star_text = NULL;

	for (;;) {
		const char *p = pattern;

		if (*pattern == '*') {
			star = ++pattern;
			star_text = text;
		} else if (*text && match_one(&p, *text, slash)) {
			pattern = p;
			text++;
		} else if (!*text && !*pattern) {
			return true;
		} else if (star && *star_text && !(*star_text == '/' && slash == GLOB_SLASH_SEPARATES)) {
			pattern = star;
			text = ++star_text;
		} else {
			return false;
		}
	}
}
