/* SPDX-License-Identifier: Apache-2.0 */
/* Request fields for the attributes of a written file, shared by several requests. */
#pragma once

#include "agent/protocol/reply.h"
#include "common/archive/atomic_file.h"

#define WRITE_OPTIONS_ID_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
/* Mode of parent directories that a request makes. */
#define WRITE_OPTIONS_DIR_MODE 0755

/* text NULL: no fsync. False: *reply names the field. */
bool write_options_fsync(const char *text, enum atomic_file_fsync *ret, struct reply *reply);

/* spec NULL: the owner is left as it is. False: *reply names the field. */
bool write_options_owner(const char *spec, struct atomic_file_options *wish, struct reply *reply);
