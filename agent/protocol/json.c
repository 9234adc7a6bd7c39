/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the JSON arena and the agent's only use of cJSON.
 *
 * Never: returns a tree that json_scan() refused or that has a duplicate key, allocates from the heap.
 */
#include "agent/protocol/json.h"

#include <cJSON.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/core/limits.h"
#include "agent/protocol/jsonw.h"
#include "common/json_scan.h"

/* 2^53 - 1. A limit of 2^53 would accept the text 2^53 + 1, which a double rounds to 2^53. */
#define MAX_EXACT 9007199254740991.0
#define PAGE 4096u
/* Pages below this stay mapped for the next request; pages above, of a rare large request, are given back. */
#define ARENA_KEPT (16 * PAGE)

static alignas(PAGE) uint8_t arena[LIMIT_JSON_ARENA_BYTES];
static size_t arena_used;

void *json_alloc(size_t size)
{
	size_t at = (arena_used + 15) & ~(size_t)15;

	if (size > sizeof(arena) || at > sizeof(arena) - size)
		return NULL;
	arena_used = at + size;
	return arena + at;
}

static void json_free_nothing(void *p)
{
	(void)p;
}

static void arena_reset(void)
{
	if (arena_used > ARENA_KEPT)
		madvise(arena + ARENA_KEPT, sizeof(arena) - ARENA_KEPT, MADV_DONTNEED);
	arena_used = 0;
}

void json_trim(void)
{
	madvise(arena, sizeof(arena), MADV_DONTNEED);
	arena_used = 0;
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

/*
 * Sorts the keys, so that 8,000 keys cost 100,000 comparisons and not 32 million. False: a duplicate, or no memory to
 * sort.
 */
static bool keys_are_unique(const cJSON *object, const char **ret_problem)
{
	size_t count = json_count(object), n = 0;
	const char **keys;

	if (count < 2)
		return true;
	keys = json_alloc(count * sizeof(*keys));
	*ret_problem = "too many values";
	if (!keys)
		return false;
	for (const cJSON *item = object->child; item; item = item->next)
		keys[n++] = item->string;
	qsort(keys, n, sizeof(*keys), compare_keys);
	*ret_problem = "an object has the same key twice";
	for (size_t i = 1; i < n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			return false;
	return true;
}

/* Recursion is bounded: json_scan() accepts at most JSON_DEPTH levels. */
static bool tree_has_unique_keys(const cJSON *item, const char **ret_problem)
{
	if (cJSON_IsObject(item) && !keys_are_unique(item, ret_problem))
		return false;
	for (const cJSON *child = item->child; child; child = child->next)
		if (child->child && !tree_has_unique_keys(child, ret_problem))
			return false;
	return true;
}

bool json_parse(const char *text, size_t len, const cJSON **ret, const char **ret_problem)
{
	static cJSON_Hooks hooks = { .malloc_fn = json_alloc, .free_fn = json_free_nothing };
	const cJSON *tree;

	*ret = NULL;
	*ret_problem = json_scan(text, len);
	if (*ret_problem)
		return false;

	arena_reset();
	cJSON_InitHooks(&hooks);
	tree = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
	if (!tree) {
		/*
		 * The text is valid JSON, so cJSON failed because the arena is full, or because a number has more than
		 * 62 digits.
		 */
		*ret_problem = "too many values, or a number with too many digits";
		return false;
	}
	if (!tree_has_unique_keys(tree, ret_problem))
		return false;
	*ret_problem = NULL;
	*ret = tree;
	return true;
}

const cJSON *json_first(const cJSON *container)
{
	return container->child;
}

const cJSON *json_next(const cJSON *item)
{
	return item->next;
}

size_t json_count(const cJSON *container)
{
	size_t count = 0;

	for (const cJSON *item = container->child; item; item = item->next)
		count++;
	return count;
}

bool json_is_object(const cJSON *item)
{
	return cJSON_IsObject(item);
}

bool json_is_array(const cJSON *item)
{
	return cJSON_IsArray(item);
}

const char *json_key(const cJSON *item)
{
	return item->string;
}

const cJSON *json_member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

bool json_get_string(const cJSON *item, const char **ret)
{
	if (!cJSON_IsString(item))
		return false;
	*ret = item->valuestring;
	return true;
}

bool json_get_bool(const cJSON *item, bool *ret)
{
	if (!cJSON_IsBool(item))
		return false;
	*ret = cJSON_IsTrue(item);
	return true;
}

bool json_get_integer(const cJSON *item, int64_t *ret)
{
	double value;

	if (!cJSON_IsNumber(item))
		return false;
	value = item->valuedouble;
	if (!(value >= -MAX_EXACT && value <= MAX_EXACT) || value != (double)(int64_t)value)
		return false;
	*ret = (int64_t)value;
	return true;
}

bool json_get_count(const cJSON *item, uint64_t *ret)
{
	int64_t value;

	if (!json_get_integer(item, &value) || value < 0)
		return false;
	*ret = (uint64_t)value;
	return true;
}

/* Recursion is bounded: json_scan() accepts at most JSON_DEPTH levels. */
void json_write(struct buf *b, const char *key, const cJSON *item)
{
	bool is_object = cJSON_IsObject(item);
	int64_t number;

	if (is_object || cJSON_IsArray(item)) {
		(is_object ? jsonw_object : jsonw_array)(b, key);
		for (const cJSON *child = item->child; child; child = child->next)
			json_write(b, is_object ? child->string : NULL, child);
		(is_object ? jsonw_object_end : jsonw_array_end)(b);
	} else if (cJSON_IsString(item)) {
		jsonw_string(b, key, item->valuestring);
	} else if (cJSON_IsBool(item)) {
		jsonw_bool(b, key, cJSON_IsTrue(item));
	} else if (json_get_integer(item, &number)) {
		jsonw_integer(b, key, number);
	}
}
