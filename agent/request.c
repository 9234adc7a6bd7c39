/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the tables that requests.def expands to, and the one decoder that walks them.
 *
 * Never: acts on a request; it only says what the request is or what is wrong with it.
 */
#include "request.h"

#include <string.h>

#include "json.h"
#include "name.h"

enum field_need { OPTIONAL, REQUIRED };

struct field {
	const char *key;
	enum field_kind kind;
	enum field_need need;
	int64_t min, max;
	uint64_t fallback;
	size_t offset;		/* in struct request_NAME */
};

struct row {
	const char *name;
	unsigned int flags;
	const struct field *fields;	/* up to a NULL key */
};

#define REQUEST(name, flags) static const struct field fields_##name[] = {
#define FIELD(name, key, kind, need, min, max, fallback) \
	{ #key, FIELD_##kind, need, (int64_t)min, (int64_t)max, fallback, offsetof(struct request_##name, f_##key) },
#define REQUEST_END(name) { 0 } };
#include "requests.def"
#undef REQUEST
#undef FIELD
#undef REQUEST_END

static const struct row rows[] = {
#define REQUEST(name, flags) [REQUEST_##name] = { #name, flags, fields_##name },
#define FIELD(request, key, kind, need, min, max, fallback)
#define REQUEST_END(name)
#include "requests.def"
#undef REQUEST
#undef FIELD
#undef REQUEST_END
};

static bool fail_type(struct reply *error, const struct field *field, const char *wanted)
{
	return reply_fail_field(error, field->key, "%s: must be %s", field->key, wanted);
}

static bool fail_memory(struct reply *error, const struct field *field)
{
	return reply_fail_field(error, field->key, "%s: too many values", field->key);
}

static bool check_bounds(struct reply *error, const struct field *field, int64_t value, const char *unit)
{
	if (value >= field->min && value <= field->max)
		return true;
	return reply_fail_field(error, field->key, "%s: %lld%s, must be %lld to %lld", field->key, (long long)value, unit,
				(long long)field->min, (long long)field->max);
}

static bool decode_string(const struct cJSON *item, const struct field *field, const char **ret, struct reply *error)
{
	if (!json_get_string(item, ret))
		return fail_type(error, field, "a string");
	return check_bounds(error, field, (int64_t)strlen(*ret), " bytes");
}

static bool decode_path(const struct cJSON *item, const struct field *field, const char **ret, struct reply *error)
{
	const char *text;
	char *name;

	if (!json_get_string(item, &text))
		return fail_type(error, field, "a string");
	name = json_alloc(strlen(text) + 1);
	if (!name)
		return fail_memory(error, field);
	if (!name_decode(text, name))
		return reply_fail_field(error, field->key, "%s: after " NAME_PREFIX " must stand base64 without zero bytes",
					field->key);
	*ret = name;
	return check_bounds(error, field, (int64_t)strlen(name), " bytes");
}

static bool decode_strings(const struct cJSON *item, const struct field *field, struct string_list *ret, struct reply *error)
{
	size_t count = 0;

	if (!json_is_array(item))
		return fail_type(error, field, "an array of strings");
	if (!check_bounds(error, field, (int64_t)json_count(item), " items"))
		return false;
	ret->item = json_alloc((json_count(item) + 1) * sizeof(*ret->item));
	if (!ret->item)
		return fail_memory(error, field);
	for (const struct cJSON *child = json_first(item); child; child = json_next(child))
		if (!json_get_string(child, &ret->item[count++]))
			return fail_type(error, field, "an array of strings");
	ret->item[count] = NULL;
	ret->count = count;
	return true;
}

static bool decode_pairs(const struct cJSON *item, const struct field *field, struct pair_list *ret, struct reply *error)
{
	size_t count = 0;

	if (!json_is_object(item))
		return fail_type(error, field, "an object of strings");
	if (!check_bounds(error, field, (int64_t)json_count(item), " members"))
		return false;
	ret->key = json_alloc((json_count(item) + 1) * sizeof(*ret->key));
	ret->value = json_alloc((json_count(item) + 1) * sizeof(*ret->value));
	if (!ret->key || !ret->value)
		return fail_memory(error, field);
	for (const struct cJSON *child = json_first(item); child; child = json_next(child)) {
		ret->key[count] = json_key(child);
		if (!json_get_string(child, &ret->value[count++]))
			return fail_type(error, field, "an object of strings");
	}
	ret->count = count;
	return true;
}

static bool decode_field(const struct cJSON *item, const struct field *field, void *to, struct reply *error)
{
	switch (field->kind) {
	case FIELD_string:
		return decode_string(item, field, to, error);
	case FIELD_path:
		return decode_path(item, field, to, error);
	case FIELD_strings:
		return decode_strings(item, field, to, error);
	case FIELD_pairs:
		return decode_pairs(item, field, to, error);
	case FIELD_flag:
		return json_get_bool(item, to) || fail_type(error, field, "true or false");
	case FIELD_count:
		if (!json_get_count(item, to))
			return fail_type(error, field, "a whole number below 2^53");
		return check_bounds(error, field, (int64_t)*(uint64_t *)to, "");
	case FIELD_integer:
		if (!json_get_integer(item, to))
			return fail_type(error, field, "a whole number");
		return check_bounds(error, field, *(int64_t *)to, "");
	}
	return false;
}

static void set_fallback(const struct field *field, void *to)
{
	if (field->kind == FIELD_flag)
		*(bool *)to = field->fallback != 0;
	else if (field->kind == FIELD_count)
		*(uint64_t *)to = field->fallback;
	else if (field->kind == FIELD_integer)
		*(int64_t *)to = (int64_t)field->fallback;
}

static bool check_unknown(const struct cJSON *tree, const struct row *row, struct reply *error)
{
	for (const struct cJSON *item = json_first(tree); item; item = json_next(item)) {
		const struct field *field = row->fields;

		if (strcmp(json_key(item), "op") == 0)
			continue;
		while (field->key && strcmp(field->key, json_key(item)) != 0)
			field++;
		if (!field->key)
			return reply_fail(error, ERROR_INVALID_ARGUMENT, "%.64s: no such field in %s", json_key(item), row->name);
	}
	return true;
}

static const struct row *find_row(const char *op)
{
	for (size_t i = 0; i < REQUEST_COUNT_; i++)
		if (strcmp(rows[i].name, op) == 0)
			return &rows[i];
	return NULL;
}

const char *request_name(enum request_type type)
{
	return rows[type].name;
}

unsigned int request_flags(enum request_type type)
{
	return rows[type].flags;
}

bool request_decode(const char *text, size_t len, struct request *ret, struct reply *error)
{
	const struct cJSON *tree, *item;
	const struct row *row;
	const char *problem, *op;

	if (!json_parse(text, len, &tree, &problem))
		return reply_fail(error, ERROR_INVALID_ARGUMENT, "the request is not strict JSON: %s", problem);
	if (!json_is_object(tree))
		return reply_fail(error, ERROR_INVALID_ARGUMENT, "the request must be a JSON object");
	item = json_member(tree, "op");
	if (!item || !json_get_string(item, &op))
		return reply_fail_field(error, "op", "op: must be a string");
	row = find_row(op);
	if (!row)
		return reply_fail(error, ERROR_UNSUPPORTED, "%.64s: no such request", op);

	error->op = row->name;
	memset(ret, 0, sizeof(*ret));
	ret->type = (enum request_type)(row - rows);
	if (!check_unknown(tree, row, error))
		return false;
	for (const struct field *field = row->fields; field->key; field++) {
		void *to = (char *)&ret->as + field->offset;

		item = json_member(tree, field->key);
		if (!item && field->need == REQUIRED)
			return reply_fail_field(error, field->key, "%s: missing", field->key);
		if (!item)
			set_fallback(field, to);
		else if (!decode_field(item, field, to, error))
			return false;
	}
	return true;
}
