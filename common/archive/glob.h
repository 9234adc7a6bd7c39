/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shell patterns over bytes: `*`, `?`, `[set]` with ranges and `!` or `^` in front, and `\` before a byte that means itself. As
 * fnmatch(3), but for character classes ([:alpha:]) and locales; a leading dot is like any other byte. Pure.
 */
#pragma once

#include <stdbool.h>

enum glob_slash {
	GLOB_SLASH_IS_A_BYTE,	/* `*`, `?` and sets take it */
	GLOB_SLASH_SEPARATES,	/* FNM_PATHNAME: only a slash in the pattern takes it */
};

/* True if the whole text matches. At most strlen(pattern) * strlen(text) steps. A set without an end is a plain `[`. */
bool glob_match(const char *pattern, const char *text, enum glob_slash slash);
