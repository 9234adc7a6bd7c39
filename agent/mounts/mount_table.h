/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted, by /proc/self/mountinfo. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "agent/mounts/mountinfo.h"

/* Calls fn for each mount, those below others first, until it returns false. 0 or -errno. */
int mount_table_each(bool (*fn)(const struct mountinfo *mount, void *data), void *data);

struct mount_entry {
	char type[64];
	char source[PATH_MAX];
	dev_t device;
};

/* The topmost mount on exactly that path. -ENOENT: there is none. */
int mount_table_find(const char *path, struct mount_entry *ret);

/* True for the directory itself and what is below it. */
bool mount_table_path_is_below(const char *path, const char *directory);
