/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tables that config.def expands to. Never: holds code. */
#include "agent/protocol/config.h"

/* FIRST_name and END_name are indexes into rows[]: of the object's first row, and of the row after its last. */
enum {
#define OBJECT(name, title) FIRST_##name, BEFORE_##name = FIRST_##name - 1,
#define KEY(object, key, kind, need, min, max, fallback) KEY_OF_##object##_##key,
#define CHOICE(object, key, need, words, fallback) KEY_OF_##object##_##key,
#define INNER(object, key, need, name) KEY_OF_##object##_##key,
#define LIST(object, key, need, min, max, name) KEY_OF_##object##_##key,
#define OBJECT_END(name) END_##name, BEFORE_END_##name = END_##name - 1,
#include "agent/protocol/config.def"
};

#define KEY(object, key, kind, need, min, max, fallback) \
	_Static_assert(SCHEMA_FITS(min) && SCHEMA_FITS(max) && SCHEMA_FITS(fallback), #object "." #key ": see SCHEMA_NUMBER()");
#include "agent/protocol/config.def"

#define AT(object, key) offsetof(struct config_##object, f_##key)
static const struct schema_row rows[] = {
#define KEY(object, key, kind, need, min, max, fallback)                                                                           \
	{ #key, SCHEMA_NUMBER(min), SCHEMA_NUMBER(max), SCHEMA_NUMBER(fallback), AT(object, key), FIELD_##kind, need, 0 },
#define CHOICE(object, key, need, words, fallback) { #key "\0" words, 0, 0, fallback, AT(object, key), FIELD_choice, need, 0 },
#define INNER(object, key, need, name) \
	{ #key, 0, 0, 0, AT(object, key), FIELD_object, need, CONFIG_##name - CONFIG_##object },
#define LIST(object, key, need, min, max, name) \
	{ #key, min, max, 0, AT(object, key), FIELD_list, need, CONFIG_##name - CONFIG_##object },
#include "agent/protocol/config.def"
};

const struct schema_table config_tables[CONFIG_COUNT_] = {
#define OBJECT(name, title) \
	{ title, rows + FIRST_##name, NULL, END_##name - FIRST_##name, sizeof(struct config_##name) },
#include "agent/protocol/config.def"
};
