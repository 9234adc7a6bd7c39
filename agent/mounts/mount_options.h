/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a mount, as in fstab(5), as what mount(2) takes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/protocol/schema.h"

/* mount(2) takes a page, its end included. */
#define MOUNT_DATA_SIZE 4096

struct mount_options {
	unsigned long flags;		/* MS_… of the mount itself */
	unsigned long propagation;	/* MS_PRIVATE or the like, of a second call; 0 for none */
	char data[MOUNT_DATA_SIZE];	/* for the file system: what is no flag, with commas between */
};

/* Items may hold several with commas between them; after a backslash a comma is none. 0, or -E2BIG: data would not fit. */
int mount_options_parse(const struct string_list *list, struct mount_options *ret);
