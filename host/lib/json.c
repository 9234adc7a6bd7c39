/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the use of cJSON in libpith.
 *
 * Never: gives cJSON a byte that json_scan() has not accepted, trusts a type.
 */
#include "host/lib/json.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"

#define MAX_EXACT 9007199254740992.0	/* 2^53 */

/* struct json is a cJSON under another name, so that the type stays in this file. */
static struct json *from_cjson(cJSON *item)
{
	return (struct json *)item;
}

static cJSON *to_cjson(const struct json *json)
{
	union {
		const struct json *in;
		cJSON *out;
	} cast = { .in = json };

	return cast.out;
}

static const cJSON *member(const struct json *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(to_cjson(object), name);
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

/* Sorts the keys: 40,000 keys fit into a frame, and comparing all pairs would let a hostile guest stall the host. */
static const char *check_keys(const cJSON *object)
{
	const char **keys = malloc(((size_t)cJSON_GetArraySize(object) + 1) * sizeof(*keys));
	const char *problem = NULL;
	size_t count = 0;

	if (!keys)
		return "there is no memory for it";
	for (const cJSON *item = object->child; item; item = item->next)
		keys[count++] = item->string;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(keys[i - 1], keys[i]) == 0)
			problem = "an object has the same key twice";
	}
	free(keys);
	return problem;
}

/* json_scan() bounds the recursion to JSON_DEPTH levels. */
static const char *check_tree(const cJSON *item)
{
	const char *problem = cJSON_IsObject(item) ? check_keys(item) : NULL;

	for (const cJSON *child = item->child; child && !problem; child = child->next)
		problem = child->child ? check_tree(child) : NULL;
	return problem;
}

struct json *json_parse_object(const char *text, size_t len, const char **ret_problem)
{
	const char *problem = json_scan(text, len);
	cJSON *tree = NULL;

	if (!problem) {
		tree = cJSON_ParseWithLength(text, len);
		problem = tree ? check_tree(tree) : "there is no memory for it";
		if (!problem && !cJSON_IsObject(tree))
			problem = "it is not an object";
	}
	if (problem) {
		*ret_problem = problem;
		cJSON_Delete(tree);
		return NULL;
	}
	return from_cjson(tree);
}

struct json *json_new_object(void)
{
	return from_cjson(cJSON_CreateObject());
}

bool json_add_string(struct json *object, const char *name, const char *value)
{
	return cJSON_AddStringToObject(to_cjson(object), name, value) != NULL;
}

bool json_add_bool(struct json *object, const char *name, bool value)
{
	return cJSON_AddBoolToObject(to_cjson(object), name, value) != NULL;
}

bool json_add_integer(struct json *object, const char *name, int64_t value)
{
	char text[24];

	/* Added as text, because cJSON prints doubles from 10^15 on with an exponent. */
	snprintf(text, sizeof(text), "%lld", (long long)value);
	return cJSON_AddRawToObject(to_cjson(object), name, text) != NULL;
}

bool json_add_strings(struct json *object, const char *name, const char *const *values)
{
	cJSON *array = cJSON_AddArrayToObject(to_cjson(object), name);

	if (!array)
		return false;
	for (size_t i = 0; values[i]; i++) {
		cJSON *item = cJSON_CreateString(values[i]);

		if (!item)
			return false;
		cJSON_AddItemToArray(array, item);
	}
	return true;
}

bool json_add_pairs(struct json *object, const char *name, const char *const *values)
{
	cJSON *pairs = cJSON_AddObjectToObject(to_cjson(object), name);

	if (!pairs)
		return false;
	for (size_t i = 0; values[i]; i++) {
		const char *equals = strchr(values[i], '=');
		char *key;
		bool added;

		if (!equals)
			return false;
		key = strndup(values[i], (size_t)(equals - values[i]));
		if (!key)
			return false;
		cJSON_DeleteItemFromObjectCaseSensitive(pairs, key);
		added = cJSON_AddStringToObject(pairs, key, equals + 1) != NULL;
		free(key);
		if (!added)
			return false;
	}
	return true;
}

bool json_add_object(struct json *object, const char *name, struct json *value)
{
	if (cJSON_AddItemToObject(to_cjson(object), name, to_cjson(value)))
		return true;
	json_free(value);
	return false;
}

void json_add_members(struct json *object, struct json *from)
{
	cJSON *item;

	while ((item = cJSON_DetachItemFromArray(to_cjson(from), 0)))
		cJSON_AddItemToArray(to_cjson(object), item);
	json_free(from);
}

char *json_print(const struct json *json)
{
	return cJSON_PrintUnformatted(to_cjson(json));
}

void json_free(struct json *json)
{
	cJSON_Delete(to_cjson(json));
}

const char *json_get_string(const struct json *object, const char *name)
{
	const cJSON *item = member(object, name);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

bool json_get_bool(const struct json *object, const char *name)
{
	return cJSON_IsTrue(member(object, name));
}

const struct json *json_get_object(const struct json *object, const char *name)
{
	const cJSON *item = member(object, name);

	return cJSON_IsObject(item) ? (const struct json *)item : NULL;
}

uint64_t json_get_count(const struct json *object, const char *name, uint64_t fallback)
{
	const cJSON *item = member(object, name);

	/* The bounds come first: the conversion of a double that is out of range is undefined. */
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= MAX_EXACT))
		return fallback;
	if ((double)(uint64_t)item->valuedouble != item->valuedouble)
		return fallback;
	return (uint64_t)item->valuedouble;
}

int64_t json_get_integer(const struct json *object, const char *name, int64_t fallback)
{
	const cJSON *item = member(object, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= -MAX_EXACT && item->valuedouble <= MAX_EXACT))
		return fallback;
	if ((double)(int64_t)item->valuedouble != item->valuedouble)
		return fallback;
	return (int64_t)item->valuedouble;
}

const struct json *json_first_item(const struct json *object, const char *name)
{
	const cJSON *array = member(object, name);

	return cJSON_IsArray(array) ? (const struct json *)array->child : NULL;
}

const struct json *json_next_item(const struct json *item)
{
	return (const struct json *)to_cjson(item)->next;
}

const char *json_item_string(const struct json *item)
{
	return cJSON_IsString(to_cjson(item)) ? to_cjson(item)->valuestring : NULL;
}
