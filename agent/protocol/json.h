/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON in: RFC 8259 in UTF-8 without duplicate keys, without anything after the value, without \u0000 and nested
 * at most JSON_DEPTH deep. cJSON builds the tree; what cJSON lets through is refused here first.
 *
 * All memory of the tree comes from one static arena: it is bounded (LIMIT_JSON_ARENA_BYTES), and there is one tree at a
 * time. json_parse() ends the life of the tree before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json_scan.h"

struct cJSON;

/*
 * Parses exactly len bytes. On success *ret is the tree; on failure NULL, and *ret_problem is a sentence (static storage).
 */
bool json_parse(const char *text, size_t len, const struct cJSON **ret, const char **ret_problem);

/* Ends the life of the tree, and gives its memory back to the kernel. */
void json_trim(void);

/* Memory with the life of the tree; NULL when the arena is used up. */
void *json_alloc(size_t size);

/* The members of an object or the items of an array: first, then next until NULL. */
const struct cJSON *json_first(const struct cJSON *container);
const struct cJSON *json_next(const struct cJSON *item);
size_t json_count(const struct cJSON *container);

bool json_is_object(const struct cJSON *item);
bool json_is_array(const struct cJSON *item);

/* The key of a member. */
const char *json_key(const struct cJSON *item);

/* NULL when there is no such member. */
const struct cJSON *json_member(const struct cJSON *object, const char *key);

/* The value, or false when it is of another type or (number) not an integer from 0 to 2^53 - 1. *ret is then left alone. */
bool json_get_string(const struct cJSON *item, const char **ret);
bool json_get_bool(const struct cJSON *item, bool *ret);
bool json_get_count(const struct cJSON *item, uint64_t *ret);
/* The same from -(2^53 - 1) on. */
bool json_get_integer(const struct cJSON *item, int64_t *ret);

struct buf;

/* Writes the tree as it is; numbers that are not whole do not come here. */
void json_write(struct buf *b, const char *key, const struct cJSON *item);
