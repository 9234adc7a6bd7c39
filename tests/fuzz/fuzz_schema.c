/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/protocol/config.c agent/protocol/schema.c agent/protocol/json.c agent/protocol/jsonw.c agent/protocol/reply.c common/edit_distance.c common/fmt.c common/json_scan.c */
/* links: common/name.c common/buf.c CJSON */
/*
 * The input is a configuration document. Properties: it is decoded, or refused with a message; what was decoded keeps to the bounds of its
 * rows, however deep; its strings end.
 */
#include <string.h>

#include "agent/protocol/config.h"
#include "agent/protocol/json.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH_MAX 8

static void check_table(const struct schema_table *table, const void *at, int depth);

static void check_string(const struct schema_row *row, const char *value)
{
	if (value)
		FUZZ_CHECK((int64_t)strlen(value) >= row->min && (int64_t)strlen(value) <= row->max);
}

static void check_strings(const struct schema_row *row, const struct string_list *list)
{
	if (!list->item)
		return;
	FUZZ_CHECK((int64_t)list->count >= row->min && (int64_t)list->count <= row->max);
	for (size_t i = 0; i < list->count; i++)
		FUZZ_CHECK(list->item[i]);
	FUZZ_CHECK(!list->item[list->count]);
}

static void check_pairs(const struct schema_row *row, const struct pair_list *list)
{
	if (!list->key)
		return;
	FUZZ_CHECK((int64_t)list->count <= row->max);
	for (size_t i = 0; i < list->count; i++)
		FUZZ_CHECK(list->key[i] && list->value[i]);
}

static void check_choice(const struct schema_row *row, unsigned int value)
{
	const char *word = row->key + strlen(row->key) + 1;

	for (unsigned int i = 0; i < value; i++)
		word += strlen(word) + 1;
	FUZZ_CHECK(*word);
}

static void check_list(const struct schema_row *row, const struct schema_table *table, const struct object_list *list, int depth)
{
	FUZZ_CHECK((int64_t)list->count <= row->max);
	for (size_t i = 0; i < list->count; i++)
		check_table(table, (const char *)list->item + i * table->size, depth + 1);
	if (list->count > 1)
		FUZZ_REACHED("a list of several objects");
}

static void check_row(const struct schema_table *table, const struct schema_row *row, const void *field, int depth)
{
	const void *inner;

	switch ((enum field_kind)row->kind) {
	case FIELD_string:
	case FIELD_path:
		check_string(row, *(const char *const *)field);
		break;
	case FIELD_strings:
	case FIELD_paths:
		check_strings(row, field);
		break;
	case FIELD_pairs:
		check_pairs(row, field);
		break;
	case FIELD_flag:
		FUZZ_CHECK(*(const uint8_t *)field <= 1);
		break;
	case FIELD_choice:
		check_choice(row, *(const unsigned int *)field);
		break;
	case FIELD_object:
		memcpy(&inner, field, sizeof(inner));
		if (inner)
			check_table(table + row->table, inner, depth + 1);
		break;
	case FIELD_list:
		check_list(row, table + row->table, field, depth);
		break;
	case FIELD_count:
	case FIELD_integer:
	case FIELD_document:
	case FIELD_documents:
		break;
	}
}

static void check_table(const struct schema_table *table, const void *at, int depth)
{
	FUZZ_CHECK(depth < DEPTH_MAX);
	for (size_t i = 0; i < table->count; i++)
		check_row(table, &table->rows[i], (const char *)at + table->rows[i].offset, depth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_config config;
	struct reply reply = { 0 };
	const struct cJSON *tree;
	const char *problem;

	memset(&config, 0x5a, sizeof(config));
	if (!json_parse((const char *)data, size, &tree, &problem))
		return 0;
	if (schema_decode(tree, &config_tables[CONFIG_config], "", &config, &reply)) {
		FUZZ_REACHED("a document that is decoded");
		FUZZ_CHECK(!reply.failed);
		check_table(&config_tables[CONFIG_config], &config, 0);
		return 0;
	}
	FUZZ_CHECK(reply.failed && reply.message[0] && reply.code == ERROR_INVALID_ARGUMENT);
	if (reply.field && strchr(reply.field, '['))
		FUZZ_REACHED("a key in a list that is refused");
	return 0;
}
