/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of libpith. Text from the guest passes the agent's own strict scan (common/json_scan.h), so the text of a reply can
 * be passed on unchanged. A member of the wrong type counts as missing.
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

/* Adds an object made of "NAME=value" texts. The last of two equal names wins. False also if a '=' is missing. */
bool json_add_pairs(struct json *object, const char *name, const char *const *values);

/* Consumes value, also on failure. */
bool json_add_object(struct json *object, const char *name, struct json *value);
/* Adds the members of from, which is consumed. */
void json_add_members(struct json *object, struct json *from);

/* The caller frees the text. NULL without memory. */
char *json_print(const struct json *json);

/* Accepts NULL. */
void json_free(struct json *json);

/* For an object that is NULL, the getters return the value for a missing member. Strings are valid as long as the tree. */
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
/* The string of an item, or NULL if the item is not a string. */
const char *json_item_string(const struct json *item);
