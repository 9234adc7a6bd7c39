/* SPDX-License-Identifier: Apache-2.0 */
/* How a file's state and name are told. */
#pragma once

#include <sys/stat.h>

#include "common/buf.h"

#define VERSION_SIZE 128

/* What changes whenever the file does, as far as its file system knows: for if_changed_since. */
void file_version(const struct stat *st, char ret[VERSION_SIZE]);

/* The members of docs/reference/protocol.md, section 6, into an open object. */
void file_write_info(const struct stat *st, struct buf *b);

/* A name of a file as a member (key) or an item (NULL). */
void file_write_name(struct buf *b, const char *key, const char *name);
