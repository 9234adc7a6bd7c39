/* SPDX-License-Identifier: Apache-2.0 */
/* A file's state and name as JSON. */
#pragma once

#include <sys/stat.h>

#include "common/buf.h"

#define VERSION_SIZE 128

/*
 * The file's version: a string that changes whenever the file does, as far as the file system records changes; for
 * if_changed_since.
 */
void file_version(const struct stat *st, char ret[VERSION_SIZE]);

/* Writes the members of docs/reference/protocol.md, section 6, into an open object. */
void file_write_info(const struct stat *st, struct buf *b);

/* Writes a file name as a member (key) or as an item of an array (key NULL). */
void file_write_name(struct buf *b, const char *key, const char *name);
