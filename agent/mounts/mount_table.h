/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mounts, from /proc/self/mountinfo. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "agent/mounts/mountinfo.h"

/* Calls fn for each mount, lower ones first, until fn returns false. 0 or -errno. */
int mount_table_each(bool (*fn)(const struct mountinfo *mount, void *data), void *data);

struct mount_entry {
	char type[64];
	char source[PATH_MAX];
	dev_t device;
};

/* The topmost mount on exactly this path. -ENOENT: none. */
int mount_table_find(const char *path, struct mount_entry *ret);

/* True for the directory itself and what is below it. */
bool mount_table_path_is_below(const char *path, const char *directory);
