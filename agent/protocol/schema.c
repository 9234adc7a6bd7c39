/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the one decoder that walks rows, and the path of the key in hand.
 *
 * Never: acts on what it decodes, nests deeper than the rows do (no table refers to itself, directly or not).
 */
#include "agent/protocol/schema.h"

#include <string.h>

#include "agent/protocol/json.h"
#include "common/edit_distance.h"
#include "common/fmt.h"
#include "common/name.h"

#define PATH_SIZE 128
#define KEY_SHOWN 64	/* bytes of an unknown key that a message shows */
/* A known key is suggested for an unknown one if they differ by at most so many edits. */
#define NEAR_ENOUGH 2u

/* The path of the key in hand: one, as there is one tree at a time. A longer path is cut. */
static char path[PATH_SIZE];

static size_t push_key(const char *key)
{
	size_t len = strlen(path);

	fmt_text(path + len, sizeof(path) - len, len ? ".%s" : "%s", key);
	return len;
}

static size_t push_index(size_t index)
{
	size_t len = strlen(path);

	fmt_text(path + len, sizeof(path) - len, "[%zu]", index);
	return len;
}

static void pop(size_t len)
{
	path[len] = '\0';
}

static int64_t unpack(int32_t number)
{
	switch (number) {
	case INT32_MAX:
		return (int64_t)MAX_EXACT;
	case INT32_MAX - 1:
		return SCHEMA_YEAR_MS;
	case INT32_MAX - 2:
		return UINT32_MAX;
	case INT32_MAX - 3:
		return SCHEMA_64_GIB;
	case INT32_MAX - 4:
		return (int64_t)UINT32_MAX - 1;
	case INT32_MIN:
		return -(int64_t)MAX_EXACT;
	default:
		return number;
	}
}

static bool fail_type(struct reply *error, const char *wanted)
{
	return reply_fail_field(error, path, "%s: must be %s", path, wanted);
}

static bool fail_memory(struct reply *error)
{
	return reply_fail_field(error, path, "%s: too many values", path);
}

static bool check_bounds(struct reply *error, const struct schema_row *row, int64_t value, const char *unit)
{
	int64_t min = unpack(row->min), max = unpack(row->max);

	if (value >= min && value <= max)
		return true;
	return reply_fail_field(error, path, "%s: %lld%s, must be %lld to %lld", path, (long long)value, unit, (long long)min,
				(long long)max);
}

static bool decode_string(const struct cJSON *item, const struct schema_row *row, const char **ret, struct reply *error)
{
	if (!json_get_string(item, ret))
		return fail_type(error, "a string");
	return check_bounds(error, row, (int64_t)strlen(*ret), " bytes");
}

static bool decode_name(const char *text, const char **ret, struct reply *error)
{
	char *name = json_alloc(strlen(text) + 1);

	if (!name)
		return fail_memory(error);
	if (!name_decode(text, name))
		return reply_fail_field(error, path, "%s: after " NAME_PREFIX " must stand base64 without zero bytes", path);
	*ret = name;
	return true;
}

static bool decode_path(const struct cJSON *item, const struct schema_row *row, const char **ret, struct reply *error)
{
	const char *text;

	if (!json_get_string(item, &text))
		return fail_type(error, "a string");
	return decode_name(text, ret, error) && check_bounds(error, row, (int64_t)strlen(*ret), " bytes");
}

static bool decode_strings(const struct cJSON *item, const struct schema_row *row, struct string_list *ret, struct reply *error)
{
	size_t count = 0;

	if (!json_is_array(item))
		return fail_type(error, "an array of strings");
	if (!check_bounds(error, row, (int64_t)json_count(item), " items"))
		return false;
	ret->item = json_alloc((json_count(item) + 1) * sizeof(*ret->item));
	if (!ret->item)
		return fail_memory(error);
	for (const struct cJSON *child = json_first(item); child; child = json_next(child), count++) {
		if (!json_get_string(child, &ret->item[count]))
			return fail_type(error, "an array of strings");
		if (row->kind == FIELD_paths && !decode_name(ret->item[count], &ret->item[count], error))
			return false;
	}
	ret->item[count] = NULL;
	ret->count = count;
	return true;
}

static bool decode_pairs(const struct cJSON *item, const struct schema_row *row, struct pair_list *ret, struct reply *error)
{
	size_t count = 0;

	if (!json_is_object(item))
		return fail_type(error, "an object of strings");
	if (!check_bounds(error, row, (int64_t)json_count(item), " members"))
		return false;
	ret->key = json_alloc((json_count(item) + 1) * sizeof(*ret->key));
	ret->value = json_alloc((json_count(item) + 1) * sizeof(*ret->value));
	if (!ret->key || !ret->value)
		return fail_memory(error);
	for (const struct cJSON *child = json_first(item); child; child = json_next(child)) {
		ret->key[count] = json_key(child);
		if (!json_get_string(child, &ret->value[count++]))
			return fail_type(error, "an object of strings");
	}
	ret->count = count;
	return true;
}

static bool decode_number(const struct cJSON *item, const struct schema_row *row, void *to, struct reply *error)
{
	if (row->kind == FIELD_count && !json_get_count(item, to))
		return fail_type(error, "a whole number below 2^53");
	if (row->kind == FIELD_integer && !json_get_integer(item, to))
		return fail_type(error, "a whole number");
	return check_bounds(error, row, *(int64_t *)to, "");
}

/* Writes a message such as "must be keep, kill or hangup". */
static bool fail_choice(struct reply *error, const char *words)
{
	char text[REPLY_MESSAGE_SIZE / 2];
	size_t len = 0;

	for (const char *word = words; *word; word += strlen(word) + 1) {
		const char *next = word + strlen(word) + 1;

		len += fmt_text(text + len, sizeof(text) - len, "%s%s", word == words ? "" : *next ? ", " : " or ", word);
	}
	return fail_type(error, text);
}

static bool decode_choice(const struct cJSON *item, const struct schema_row *row, unsigned int *ret, struct reply *error)
{
	const char *words = row->key + strlen(row->key) + 1, *text;
	unsigned int index = 0;

	if (!json_get_string(item, &text))
		return fail_choice(error, words);
	for (const char *word = words; *word; word += strlen(word) + 1, index++) {
		if (strcmp(word, text) != 0)
			continue;
		*ret = index;
		return true;
	}
	return fail_choice(error, words);
}

static bool decode_document(const struct cJSON *item, const struct cJSON **ret, struct reply *error)
{
	*ret = item;
	return json_is_object(item) || fail_type(error, "an object");
}

static bool decode_documents(const struct cJSON *item, const struct schema_row *row, const struct cJSON **ret, struct reply *error)
{
	*ret = item;
	if (!json_is_array(item))
		return fail_type(error, "an array of objects");
	for (const struct cJSON *child = json_first(item); child; child = json_next(child))
		if (!json_is_object(child))
			return fail_type(error, "an array of objects");
	return check_bounds(error, row, (int64_t)json_count(item), " items");
}

/* Decodes all kinds but object and list, which have rows of their own. */
static bool decode_plain(const struct cJSON *item, const struct schema_row *row, void *to, struct reply *error)
{
	switch ((enum field_kind)row->kind) {
	case FIELD_string:
		return decode_string(item, row, to, error);
	case FIELD_path:
		return decode_path(item, row, to, error);
	case FIELD_strings:
	case FIELD_paths:
		return decode_strings(item, row, to, error);
	case FIELD_pairs:
		return decode_pairs(item, row, to, error);
	case FIELD_flag:
		return json_get_bool(item, to) || fail_type(error, "true or false");
	case FIELD_count:
	case FIELD_integer:
		return decode_number(item, row, to, error);
	case FIELD_document:
		return decode_document(item, to, error);
	case FIELD_documents:
		return decode_documents(item, row, to, error);
	case FIELD_choice:
		return decode_choice(item, row, to, error);
	case FIELD_object:
	case FIELD_list:
		break;
	}
	return false;
}

static void set_fallback(const struct schema_row *row, void *to)
{
	if (row->kind == FIELD_flag)
		*(bool *)to = row->fallback != 0;
	else if (row->kind == FIELD_count || row->kind == FIELD_integer)
		*(int64_t *)to = row->fallback == INT32_MIN ? NO_TIME : unpack(row->fallback);
	else if (row->kind == FIELD_choice)
		*(unsigned int *)to = (unsigned int)row->fallback;
}

const char *schema_nearest_key(const struct schema_table *table, const char *key)
{
	unsigned int best = NEAR_ENOUGH + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const char *known = table->rows[i].key;
		unsigned int distance = edit_distance(key, strlen(key), known, strlen(known));

		if (distance >= best)
			continue;
		best = distance;
		nearest = known;
	}
	return nearest;
}

static bool check_unknown(const struct cJSON *object, const struct schema_table *table, struct reply *error)
{
	for (const struct cJSON *item = json_first(object); item; item = json_next(item)) {
		const char *key = json_key(item), *nearest;
		size_t i = 0;

		if (table->skip && strcmp(key, table->skip) == 0)
			continue;
		while (i < table->count && strcmp(table->rows[i].key, key) != 0)
			i++;
		if (i < table->count)
			continue;
		nearest = schema_nearest_key(table, key);
		return reply_fail(error, ERROR_INVALID_ARGUMENT, "%s%s%.*s: no such field in %s%s%s%s", path, *path ? "." : "", KEY_SHOWN,
				  key, table->name, nearest ? " (nearest: " : "", nearest ? nearest : "", nearest ? ")" : "");
	}
	return true;
}

/* Allocates the struct of an inner object, or one struct for each object of a list, and sets the field to the memory. */
static bool begin_items(const struct cJSON *item, const struct schema_row *row, const struct schema_table *table, void *field,
			struct object_list *ret, struct reply *error)
{
	bool is_list = row->kind == FIELD_list;

	if (is_list && !json_is_array(item))
		return fail_type(error, "an array of objects");
	ret->count = is_list ? json_count(item) : 1;
	if (is_list && !check_bounds(error, row, (int64_t)ret->count, " items"))
		return false;
	ret->item = json_alloc(ret->count * table->size + 1);
	if (!ret->item)
		return fail_memory(error);
	if (is_list)
		*(struct object_list *)field = *ret;
	else
		*(void **)field = ret->item;
	return true;
}

static bool decode_object(const struct cJSON *object, const struct schema_table *table, void *to, struct reply *error)
{
	memset(to, 0, table->size);
	if (!json_is_object(object))
		return fail_type(error, "an object");
	if (!check_unknown(object, table, error))
		return false;
	for (size_t i = 0; i < table->count; i++) {
		const struct schema_row *row = &table->rows[i];
		const struct schema_table *inner = table + row->table;
		const struct cJSON *item = json_member(object, row->key);
		void *field = (char *)to + row->offset;
		struct object_list items = { 0 };
		size_t len;

		if (!item && !row->required) {
			set_fallback(row, field);
			continue;
		}
		len = push_key(row->key);
		if (!item)
			return reply_fail_field(error, path, "%s: missing", path);
		if (row->kind != FIELD_object && row->kind != FIELD_list) {
			if (!decode_plain(item, row, field, error))
				return false;
			pop(len);
			continue;
		}
		if (!begin_items(item, row, inner, field, &items, error))
			return false;
		item = row->kind == FIELD_list ? json_first(item) : item;
		for (size_t n = 0; n < items.count; n++, item = json_next(item)) {
			size_t at = row->kind == FIELD_list ? push_index(n) : strlen(path);

			if (!decode_object(item, inner, (char *)items.item + n * inner->size, error))
				return false;
			pop(at);
		}
		pop(len);
	}
	return true;
}

bool schema_decode(const struct cJSON *object, const struct schema_table *table, const char *at, void *ret, struct reply *error)
{
	fmt_text(path, sizeof(path), "%s", at);
	return decode_object(object, table, ret, error);
}

bool schema_decode_list(const struct cJSON *array, const struct schema_table *table, const char *at, struct object_list *ret,
			struct reply *error)
{
	const struct cJSON *item;

	*ret = (struct object_list){ 0 };
	if (!array || !json_first(array))
		return true;
	fmt_text(path, sizeof(path), "%s", at);
	ret->item = json_alloc(json_count(array) * table->size);
	if (!ret->item)
		return fail_memory(error);
	for (item = json_first(array); item; item = json_next(item), ret->count++) {
		size_t len = push_index(ret->count);

		if (!decode_object(item, table, (char *)ret->item + ret->count * table->size, error))
			return false;
		pop(len);
	}
	return true;
}

void schema_append_env(const struct pair_list *pairs, struct buf *b)
{
	for (size_t i = 0; i < pairs->count; i++) {
		buf_append(b, pairs->key[i], strlen(pairs->key[i]));
		buf_append(b, "=", 1);
		buf_append(b, pairs->value[i], strlen(pairs->value[i]) + 1);
	}
}
