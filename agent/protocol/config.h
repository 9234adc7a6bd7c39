/* SPDX-License-Identifier: Apache-2.0 */
/* The expansion of config.def: a struct for each object, a list type for it, and the tables that schema_decode() takes. */
#pragma once

#include "agent/protocol/schema.h"

#define OBJECT(name, title) \
	struct config_##name {
#define KEY(object, key, kind, need, min, max, fallback) field_##kind f_##key;
#define CHOICE(object, key, need, words, fallback) field_choice f_##key;
#define INNER(object, key, need, name) const struct config_##name *f_##key;
#define LIST(object, key, need, min, max, name) struct config_##name##_list f_##key;
#define OBJECT_END(name) \
	}; \
	struct config_##name##_list { \
		size_t count; \
		const struct config_##name *item; \
	};
#include "agent/protocol/config.def"

enum config_object {
#define OBJECT(name, title) CONFIG_##name,
#include "agent/protocol/config.def"
	CONFIG_COUNT_
};

/* Used as schema_decode(document, &config_tables[CONFIG_mount], "mount", &mount, reply) with a struct config_mount. */
extern const struct schema_table config_tables[CONFIG_COUNT_];
