/* SPDX-License-Identifier: Apache-2.0 */
/* The actions that make the list `to` equal to the list `from`. Pure but for same(), which compares the content of two files. */
#pragma once

#include "host/cli/transfer/sync_list.h"

struct sync_options {
	bool delete; /* delete entries that only `to` has */
	bool checksum; /* compare content even if size and time are equal */
	/* True if both files have equal bytes; false also if the comparison fails. */
	bool (*same)(void *user, const char *path);
	void *user;
};

/*
 * Sets the actions: in `from` copy or set attributes, in `to` delete or in the way. A directory with changing entries is copied
 * too, to restore its time. from->touched: this holds for the top directory.
 */
void sync_plan(struct sync_list *from, struct sync_list *to, const struct sync_options *options);
