/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the tables that requests.def expands to.
 *
 * Never: acts on a request; the outcome is a struct, or the error in the request.
 */
#include "agent/protocol/request.h"

#include <string.h>

#include "agent/protocol/json.h"

struct row {
	const char *name;
	uint16_t first;		/* index of the row of its first field */
	uint8_t count;
	uint8_t when;
};

/*
 * FIRST_name and END_name are indexes into the rows of fields: of the request's first field, and of the row after its
 * last.
 */
enum {
#define REQUEST(name) FIRST_##name, BEFORE_##name = FIRST_##name - 1,
#define FIELD(request, key, kind, need, min, max, fallback) FIELD_OF_##request##_##key,
#define REQUEST_END(name) END_##name, BEFORE_END_##name = END_##name - 1,
#include "agent/protocol/requests.def"
};

#define FIELD(request, key, kind, need, min, max, fallback) \
	_Static_assert(SCHEMA_FITS(min) && SCHEMA_FITS(max) && SCHEMA_FITS(fallback), #request "." #key ": see SCHEMA_NUMBER()");
#include "agent/protocol/requests.def"

static const struct schema_row fields[] = {
#define FIELD(name, key, kind, need, min, max, fallback)                                                                   \
	{ #key, SCHEMA_NUMBER(min), SCHEMA_NUMBER(max), SCHEMA_NUMBER(fallback), offsetof(struct request_##name, f_##key), \
	  FIELD_##kind, need, 0 },
#include "agent/protocol/requests.def"
};

static const struct row rows[] = {
#define ROW(name, when) [REQUEST_##name] = { #name, FIRST_##name, END_##name - FIRST_##name, when },
#define AGENT_REQUEST(name, handler, when) ROW(name, when)
#define WORKER_REQUEST(name, handler) ROW(name, REQUEST_WHILE_RUNNING)
#include "agent/protocol/requests.def"
};

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

enum request_when request_when(enum request_type type)
{
	return (enum request_when)rows[type].when;
}

bool request_decode(const char *text, size_t len, struct request *ret, struct reply *error)
{
	const struct cJSON *tree, *item;
	struct schema_table table;
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
	ret->type = (enum request_type)(row - rows);
	table = (struct schema_table){ row->name, fields + row->first, "op", row->count, sizeof(ret->as) };
	return schema_decode(tree, &table, "", &ret->as, error);
}
