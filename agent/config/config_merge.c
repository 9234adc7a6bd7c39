/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the merge rule of each kind of key. Never: interprets a value. */
#include "agent/config/config_merge.h"

#include <string.h>

#include "agent/protocol/config.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"

#define SECRET_SHOWN "set"

struct merge {
	const struct cJSON *layers;
	struct buf *out, *sources;
	const char *const *names;	/* NULL: secrets are not hidden */
};

static bool is_secret(const char *key)
{
	return strcmp(key, "token") == 0 || strcmp(key, "env") == 0;
}

static void write_value(const struct merge *m, const struct schema_row *row, const char *key, const struct cJSON *value, size_t layer)
{
	if (m->names && is_secret(row->key))
		jsonw_string(m->out, key, SECRET_SHOWN);
	else
		json_write(m->out, key, value);
	if (m->names)
		jsonw_string(m->sources, key, m->names[layer]);
}

static void begin(const struct merge *m, const char *key, void (*open)(struct buf *b, const char *key))
{
	open(m->out, key);
	if (m->names)
		open(m->sources, key);
}

static void finish(const struct merge *m, void (*close)(struct buf *b))
{
	close(m->out);
	if (m->names)
		close(m->sources);
}

/* The value that identifies an item of a list. */
static const char *identity(const struct schema_row *row, const struct cJSON *item)
{
	const struct schema_table *inner = &config_tables[CONFIG_config] + row->table;
	const struct cJSON *member = json_member(item, inner->rows[0].key);
	const char *text = NULL;

	return member && json_get_string(member, &text) ? text : "";
}

static bool is_same(const struct schema_row *row, const struct cJSON *a, const struct cJSON *b)
{
	if (row->kind == FIELD_pairs)
		return strcmp(json_key(a), json_key(b)) == 0;
	return strcmp(identity(row, a), identity(row, b)) == 0;
}

/* True: a later item, in this layer or in a later one, has the same identity. */
static bool is_replaced(const struct schema_row *row, const struct cJSON *layer, const struct cJSON *item)
{
	for (const struct cJSON *later = json_next(item); later; later = json_next(later))
		if (is_same(row, item, later))
			return true;
	for (layer = json_next(layer); layer; layer = json_next(layer)) {
		const struct cJSON *value = json_member(layer, row->key);

		for (const struct cJSON *other = value ? json_first(value) : NULL; other; other = json_next(other))
			if (is_same(row, item, other))
				return true;
	}
	return false;
}

static void merge_items(const struct merge *m, const struct schema_row *row)
{
	size_t number = 0;
	bool is_object = row->kind == FIELD_pairs;

	begin(m, row->key, is_object ? jsonw_object : jsonw_array);
	for (const struct cJSON *layer = json_first(m->layers); layer; layer = json_next(layer), number++) {
		const struct cJSON *value = json_member(layer, row->key);

		for (const struct cJSON *item = value ? json_first(value) : NULL; item; item = json_next(item))
			if (!is_replaced(row, layer, item))
				write_value(m, row, is_object ? json_key(item) : NULL, item, number);
	}
	finish(m, is_object ? jsonw_object_end : jsonw_array_end);
}

static void merge_row(const struct merge *m, const struct schema_row *row)
{
	const struct cJSON *last = NULL;
	size_t number = 0, source = 0;

	for (const struct cJSON *layer = json_first(m->layers); layer; layer = json_next(layer), number++) {
		const struct cJSON *value = json_member(layer, row->key);

		if (!value)
			continue;
		last = value;
		source = number;
	}
	if (!last)
		return;
	if (row->kind == FIELD_pairs || row->kind == FIELD_list)
		merge_items(m, row);
	else
		write_value(m, row, row->key, last, source);
}

void config_merge(const struct cJSON *layers, struct buf *out, const char *const *names, struct buf *sources)
{
	const struct merge m = { layers, out, sources, names };
	const struct schema_table *table = &config_tables[CONFIG_config];

	begin(&m, NULL, jsonw_object);
	for (size_t i = 0; i < table->count; i++)
		merge_row(&m, &table->rows[i]);
	finish(&m, jsonw_object_end);
}
