/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a JSON object to a C struct, by rows: requests (requests.def) and documents (config.def) are decoded by this and by nothing
 * else. Errors name the path of the key: `mounts[2].target: missing`.
 *
 * Pure but for the JSON arena: strings, lists and inner objects of what is decoded live there until the next json_parse().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol/reply.h"

struct cJSON;

struct string_list {
	size_t count;
	const char **item;	/* count strings, then NULL */
};

struct pair_list {
	size_t count;
	const char **key;
	const char **value;
};

/* What every list of objects looks like; the rows' own struct has the items' type. */
struct object_list {
	size_t count;
	void *item;
};

enum field_kind {
	FIELD_string,
	FIELD_path,
	FIELD_strings,
	FIELD_paths,	/* names of files */
	FIELD_pairs,
	FIELD_flag,
	FIELD_count,
	FIELD_integer,
	FIELD_document,	/* an object that is decoded later, by rows of its own */
	FIELD_documents,	/* a list of those */
	FIELD_choice,	/* one of a few words */
	FIELD_object,	/* an object that is decoded at once */
	FIELD_list,	/* a list of those */
};

typedef const char *field_string;
/* A name of the guest's files: any bytes but NUL, as docs/reference/protocol.md, section 6, has them in JSON. */
typedef const char *field_path;
typedef struct string_list field_strings;
typedef struct string_list field_paths;
typedef struct pair_list field_pairs;
typedef bool field_flag;
typedef uint64_t field_count;
typedef int64_t field_integer;
typedef const struct cJSON *field_document;
typedef const struct cJSON *field_documents;
typedef unsigned int field_choice;	/* which word; the fallback may be one more than there are */

/* The fallback of a count for which no number can stand. */
#define NOT_GIVEN UINT64_MAX
/* The same of an integer. */
#define NO_TIME INT64_MIN
/* 2^53 - 1: up to here JSON numbers are exact. */
#define MAX_EXACT 9007199254740991u

enum field_need { OPTIONAL, REQUIRED };

/*
 * min and max bound bytes (string, path), items (strings, paths, pairs, documents, list) or the value (count, integer). fallback is
 * what an absent count, integer, flag or choice is; an absent string, path, document, list of documents or object is NULL, an absent
 * list is empty and its item NULL.
 *
 * There are hundreds of rows, so a row is small: its numbers are written with SCHEMA_NUMBER().
 */
/* Appends a NAME=VALUE string with its NUL for each pair, as environ(7) has them. */
void schema_append_env(const struct pair_list *pairs, struct buf *b);

struct schema_row {
	const char *key;	/* a choice: key and words, each with its NUL, then an empty one */
	int32_t min, max, fallback;
	uint16_t offset;	/* in the struct */
	uint8_t kind : 7;
	uint8_t required : 1;
	int8_t table;		/* an object or list: how far its table stands from the row's own in their array */
};

struct schema_table {
	const char *name;
	const struct schema_row *rows;
	const char *skip;	/* a member that is the caller's matter, or NULL */
	uint16_t count;
	uint16_t size;		/* of the struct: items of a list stand side by side */
};

/* The few large numbers that rows need have codes; what has none and is large does not compile, see SCHEMA_FITS(). */
#define SCHEMA_YEAR_MS 31536000000
#define SCHEMA_64_GIB 68719476736
#define SCHEMA_NUMBER(v) \
	((int64_t)(v) == (int64_t)MAX_EXACT ? INT32_MAX : (int64_t)(v) == SCHEMA_YEAR_MS ? INT32_MAX - 1 : \
	 (int64_t)(v) == UINT32_MAX ? INT32_MAX - 2 : (int64_t)(v) == SCHEMA_64_GIB ? INT32_MAX - 3 : \
	 (int64_t)(v) == (int64_t)UINT32_MAX - 1 ? INT32_MAX - 4 : \
	 (int64_t)(v) == -(int64_t)MAX_EXACT || (int64_t)(v) == NO_TIME ? INT32_MIN : (int32_t)(v))
#define SCHEMA_FITS(v) (SCHEMA_NUMBER(v) > INT32_MAX - 5 || SCHEMA_NUMBER(v) == INT32_MIN || SCHEMA_NUMBER(v) == (int64_t)(v))

/*
 * Decodes into *ret, which is the struct of the table. path stands before the keys in messages: "network", or "" for nothing.
 * False: *error says why, with the path of the key as its field, which lasts until the next call; *ret is not to be used.
 */
bool schema_decode(const struct cJSON *object, const struct schema_table *table, const char *path, void *ret, struct reply *error);

/* The row's key that is nearly this one, or NULL. */
const char *schema_nearest_key(const struct schema_table *table, const char *key);

/* The same for each of a list of documents; NULL is an empty one. The items of *ret are structs of the table, side by side. */
bool schema_decode_list(const struct cJSON *array, const struct schema_table *table, const char *path, struct object_list *ret,
			struct reply *error);
