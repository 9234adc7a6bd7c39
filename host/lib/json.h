/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of the host's side. What comes from the guest is checked by the same strict scan that the agent uses, so the
 * text of a reply can be handed on as it is; a member of the wrong type counts as missing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* NULL when text is not one strict JSON object; *ret_problem is then a sentence (static storage). */
struct json *json_parse_object(const char *text, size_t len, const char **ret_problem);

/* An empty object to add to; NULL without memory. Adding returns false without memory. */
struct json *json_new_object(void);
bool json_add_string(struct json *object, const char *name, const char *value);
bool json_add_bool(struct json *object, const char *name, bool value);
bool json_add_integer(struct json *object, const char *name, int64_t value);
bool json_add_strings(struct json *object, const char *name, const char *const *values);

/* values are "NAME=value"; becomes an object. The last of two equal names counts. False also where a '=' is missing. */
bool json_add_pairs(struct json *object, const char *name, const char *const *values);

/* Consumes value, also on failure. */
bool json_add_object(struct json *object, const char *name, struct json *value);
/* The members of from, which is consumed. */
void json_add_members(struct json *object, struct json *from);

/* The caller frees the text. NULL without memory. */
char *json_print(const struct json *json);

/* Accepts NULL. */
void json_free(struct json *json);

/* Getters accept NULL and then find nothing. Strings are valid as long as the tree. */
const char *json_get_string(const struct json *object, const char *name);
bool json_get_bool(const struct json *object, const char *name);
const struct json *json_get_object(const struct json *object, const char *name);

/* An integer from 0 to 2^53, else fallback. */
uint64_t json_get_count(const struct json *object, const char *name, uint64_t fallback);

/* An integer from -2^53 to 2^53, else fallback. */
int64_t json_get_integer(const struct json *object, const char *name, int64_t fallback);

/* The items of an array member: first, then next until NULL. */
const struct json *json_first_item(const struct json *object, const char *name);
const struct json *json_next_item(const struct json *item);
/* The string that an item is, or NULL. */
const char *json_item_string(const struct json *item);
