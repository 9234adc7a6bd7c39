/* SPDX-License-Identifier: Apache-2.0 */
/* Small text files of the system that are to read as given, on any root. Blocking: for jobs. */
#pragma once

#include <stdbool.h>

/* Where the files lie that are mounted over others. */
#define REPLACE_FILE_DIRECTORY "/run/pith/etc"

/*
 * Makes the file read as text, mode 0644; what agent/network/identity.h says about how. *ret_changed is false when it did so before.
 * 0 or -errno.
 */
int replace_file_text(const char *path, const char *text, bool *ret_changed);

/* Over a file that can not be replaced at all, one of /proc: always by a mount. name is that of the file in REPLACE_FILE_DIRECTORY. */
int replace_file_over(const char *path, const char *name, const char *text, bool *ret_changed);
