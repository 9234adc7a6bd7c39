/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing small text files of the system, on any kind of root. Blocking: for jobs. */
#pragma once

#include <stdbool.h>

/* The directory of files that are mounted over others. */
#define REPLACE_FILE_DIRECTORY "/run/pith/etc"

/*
 * Gives the file the text and mode 0644, in the way that agent/network/identity.h describes. *ret_changed is false if
 * the file had the text already. 0 or -errno.
 */
int replace_file_text(const char *path, const char *text, bool *ret_changed);

/* For a file that cannot be replaced, such as one of /proc: always by a mount. name is the file's in REPLACE_FILE_DIRECTORY. */
int replace_file_over(const char *path, const char *name, const char *text, bool *ret_changed);
