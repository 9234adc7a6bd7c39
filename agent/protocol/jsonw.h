/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON out, straight into a buffer. Commas are added; a failure is in the buffer (`failed`).
 *
 * Strings may hold any bytes: bytes that are not UTF-8 become U+FFFD.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/* key is NULL for an item of an array and for the outermost value. */
void jsonw_object(struct buf *b, const char *key);
void jsonw_object_end(struct buf *b);
void jsonw_array(struct buf *b, const char *key);
void jsonw_array_end(struct buf *b);
void jsonw_string(struct buf *b, const char *key, const char *value);
void jsonw_count(struct buf *b, const char *key, uint64_t value);
void jsonw_integer(struct buf *b, const char *key, int64_t value);
void jsonw_bool(struct buf *b, const char *key, bool value);
/* Writes members that are JSON already, `"a":1,"b":2`, or none. */
void jsonw_members(struct buf *b, const void *text, size_t len);
/* Writes a value that is JSON already. */
void jsonw_raw(struct buf *b, const char *key, const struct buf *json);
