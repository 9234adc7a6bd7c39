/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that say what a file is to be, as several requests have them. */
#pragma once

#include "agent/protocol/reply.h"
#include "common/archive/atomic_file.h"

#define WISH_ID_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
/* Folders that are made on the way. */
#define WISH_DIR_MODE 0755

/* NULL: none. */
bool wish_fsync(const char *text, enum target_fsync *ret, struct reply *reply);

/* NULL: left as it is. */
bool wish_owner(const char *spec, struct target_wish *wish, struct reply *reply);
