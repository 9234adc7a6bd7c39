/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done so that one list becomes the other. Pure but for the question whether two files have the same content. */
#pragma once

#include "host/cli/transfer/sync_list.h"

struct sync_options {
	bool delete; /* what only `to` has */
	bool checksum; /* size and time prove nothing */
	/* Have both files the same bytes? What cannot be told is no. */
	bool (*same)(void *user, const char *path);
	void *user;
};

/*
 * Sets the actions: of `from` what is to be copied or dressed, of `to` what is to be deleted or is in the way. A directory in which
 * something changes is to be copied too, for its time. from->touched: the directory itself is.
 */
void sync_plan(struct sync_list *from, struct sync_list *to, const struct sync_options *options);
