/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options as in fstab(5), translated for mount(2). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/protocol/schema.h"

/* mount(2) takes a page, with its NUL. */
#define MOUNT_DATA_SIZE 4096

struct mount_options {
	unsigned long flags;		/* MS_… of the mount itself */
	unsigned long propagation;	/* MS_PRIVATE and others, for a second mount(2); 0 for none */
	char data[MOUNT_DATA_SIZE];	/* options of the file system, separated by commas */
};

/* An item may hold several options, separated by commas; a comma after a backslash separates nothing. 0, or -E2BIG: data is too small. */
int mount_options_parse(const struct string_list *list, struct mount_options *ret);
