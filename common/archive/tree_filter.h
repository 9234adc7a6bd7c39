/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries of a tree are meant, on both sides. A pattern (glob.h) without a slash is held against each name; one with a slash
 * against the path below the tree's directory, whose slashes only slashes take; a slash in front changes nothing else than that.
 * What is said of a directory is said of all in it. Pure.
 */
#pragma once

#include <stdbool.h>

/* Lists end with NULL; NULL is an empty one. */
struct tree_filter {
	const char *const *include;	/* an empty one means everything */
	const char *const *exclude;	/* wins */
};

/* The path is one of several parts below the directory: "a/b". */
bool tree_filter_wants(const struct tree_filter *filter, const char *path);
