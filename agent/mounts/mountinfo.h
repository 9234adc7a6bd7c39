/* SPDX-License-Identifier: Apache-2.0 */
/* One line of /proc/PID/mountinfo: proc(5). Pure. */
#pragma once

#include <stdbool.h>

struct mountinfo {
	unsigned int id, parent;
	unsigned int major, minor;
	const char *root;	/* within its file system */
	const char *path;	/* mount point; escapes are decoded in root and path */
	const char *options;	/* mount options */
	const char *type, *source;
	const char *super;	/* options of the superblock */
};

/* Splits the line in place; the strings of *ret point into it. False: no line of mountinfo. */
bool mountinfo_parse(char *line, struct mountinfo *ret);

/* True: the list "rw,noatime" has the option "rw". */
bool mountinfo_has(const char *options, const char *option);
