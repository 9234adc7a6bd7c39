/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON in: RFC 8259 in UTF-8 without duplicate keys, without anything after the value, without \u0000 and nested
 * at most JSON_DEPTH deep. cJSON builds the tree; json_scan() first refuses what cJSON would accept beyond these rules.
 *
 * All memory of the tree comes from one static arena of LIMIT_JSON_ARENA_BYTES. There is one tree at a time:
 * json_parse() ends the life of the tree before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json_scan.h"

struct cJSON;

/*
 * Parses exactly len bytes. True: *ret is the tree. False: *ret is NULL, and *ret_problem a clause for a message
 * (static storage).
 */
bool json_parse(const char *text, size_t len, const struct cJSON **ret, const char **ret_problem);

/* Ends the life of the tree, and gives the arena's pages back to the kernel. */
void json_trim(void);

/* Memory that lives as long as the tree; NULL when the arena is full. */
void *json_alloc(size_t size);

/* The members of an object or the items of an array: json_first(), then json_next() until NULL. */
const struct cJSON *json_first(const struct cJSON *container);
const struct cJSON *json_next(const struct cJSON *item);
size_t json_count(const struct cJSON *container);

bool json_is_object(const struct cJSON *item);
bool json_is_array(const struct cJSON *item);

/* The key of a member; valid as long as the tree. */
const char *json_key(const struct cJSON *item);

/* NULL: the object has no such member. */
const struct cJSON *json_member(const struct cJSON *object, const char *key);

/* The value. False, and *ret untouched: item has another type, or is no integer from 0 to 2^53 - 1 (json_get_count()). */
bool json_get_string(const struct cJSON *item, const char **ret);
bool json_get_bool(const struct cJSON *item, bool *ret);
bool json_get_count(const struct cJSON *item, uint64_t *ret);
/* As json_get_count(), with integers from -(2^53 - 1) to 2^53 - 1. */
bool json_get_integer(const struct cJSON *item, int64_t *ret);

struct buf;

/* Writes the tree. Numbers that are not whole must not be in the tree. */
void json_write(struct buf *b, const char *key, const struct cJSON *item);
