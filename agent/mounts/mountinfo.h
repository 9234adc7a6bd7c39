/* SPDX-License-Identifier: Apache-2.0 */
/* A line of /proc/PID/mountinfo: see proc(5). Pure. */
#pragma once

#include <stdbool.h>

struct mountinfo {
	unsigned int id, parent;
	unsigned int major, minor;
	const char *root;	/* within its file system */
	const char *path;	/* where it is mounted; escapes are undone in both */
	const char *options;	/* of the mount */
	const char *type, *source;
	const char *super;	/* options of the file system */
};

/* Takes the line apart in place; the strings lie in it. False: it is no such line. */
bool mountinfo_parse(char *line, struct mountinfo *ret);

/* "rw,noatime" has the option "rw". */
bool mountinfo_has(const char *options, const char *option);
