/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that say what a file is to be, as several requests have them. */
#pragma once

#include "agent/protocol/reply.h"
#include "common/archive/atomic_file.h"

#define WRITE_OPTIONS_ID_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
/* Directories that are made on the way. */
#define WRITE_OPTIONS_DIR_MODE 0755

/* NULL: none. */
bool write_options_fsync(const char *text, enum atomic_file_fsync *ret, struct reply *reply);

/* NULL: left as it is. */
bool write_options_owner(const char *spec, struct atomic_file_options *wish, struct reply *reply);
