/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what a pattern means for a path. Never: touches a file. */
#include "common/archive/tree_filter.h"

#include <limits.h>
#include <string.h>

#include "common/archive/glob.h"

static bool matches(const char *pattern, const char *path, const char *name)
{
	if (!strchr(pattern, '/'))
		return glob_match(pattern, name, GLOB_SLASH_SEPARATES);
	return glob_match(pattern + (pattern[0] == '/'), path, GLOB_SLASH_SEPARATES);
}

/* The path or a directory on the way to it. */
static bool is_meant(const char *const *patterns, const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path), begin = 0;

	if (!patterns || !patterns[0] || len >= sizeof(part))
		return false;
	memcpy(part, path, len + 1);
	while (begin <= len) {
		size_t end = begin + strcspn(path + begin, "/");

		part[end] = '\0';
		for (const char *const *pattern = patterns; *pattern; pattern++)
			if (matches(*pattern, part, part + begin))
				return true;
		part[end] = '/';
		begin = end + 1;
	}
	return false;
}

bool tree_filter_wants(const struct tree_filter *filter, const char *path)
{
	if (is_meant(filter->exclude, path))
		return false;
	return !filter->include || !filter->include[0] || is_meant(filter->include, path);
}
