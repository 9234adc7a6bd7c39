/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes a JSON object to a C struct, by rows: the only decoder of requests (requests.def) and documents (config.def).
 * Errors name the path of the key: `mounts[2].target: missing`.
 *
 * Pure but for the JSON arena: decoded strings, lists and inner objects live in the arena until the next json_parse().
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

/* The common form of all lists of objects; the struct of the rows has the type of the items. */
struct object_list {
	size_t count;
	void *item;
};

enum field_kind {
	FIELD_string,
	FIELD_path,
	FIELD_strings,
	FIELD_paths,	/* a list of file names */
	FIELD_pairs,
	FIELD_flag,
	FIELD_count,
	FIELD_integer,
	FIELD_document,	/* an object that its handler decodes later, by rows of its own */
	FIELD_documents,	/* a list of such objects */
	FIELD_choice,	/* one of a few words */
	FIELD_object,	/* an object that is decoded together with its parent, by rows */
	FIELD_list,	/* a list of such objects */
};

typedef const char *field_string;
/* The name of a file in the guest: any bytes but NUL, in JSON as docs/reference/protocol.md, section 6, says. */
typedef const char *field_path;
typedef struct string_list field_strings;
typedef struct string_list field_paths;
typedef struct pair_list field_pairs;
typedef bool field_flag;
typedef uint64_t field_count;
typedef int64_t field_integer;
typedef const struct cJSON *field_document;
typedef const struct cJSON *field_documents;
typedef unsigned int field_choice;	/* the word's index; the fallback may be one more than the last index */

/* Fallback of a count for which every number is a valid value. */
#define NOT_GIVEN UINT64_MAX
/* Fallback of an integer for which every number is a valid value. */
#define NO_TIME INT64_MIN
/* 2^53 - 1: integers up to this are exact in JSON numbers. */
#define MAX_EXACT 9007199254740991u

enum field_need { OPTIONAL, REQUIRED };

/*
 * min and max bound bytes (string, path), items (strings, paths, pairs, documents, list) or the value (count, integer).
 * fallback is the value of an absent count, integer, flag or choice; an absent string, path, document, list of
 * documents or object is NULL; an absent list is empty and its item NULL.
 *
 * There are hundreds of rows, so a row is small: numbers that do not fit int32_t have codes, see SCHEMA_NUMBER().
 */
/* Appends a NAME=VALUE string with its NUL for each pair, as environ(7) has them. */
void schema_append_env(const struct pair_list *pairs, struct buf *b);

struct schema_row {
	const char *key;	/* of a choice: the key and the words, each with its NUL, then an empty word */
	int32_t min, max, fallback;
	uint16_t offset;	/* in the struct */
	uint8_t kind : 7;
	uint8_t required : 1;
	int8_t table;		/* of an object or list: its table's index minus the index of the row's own table */
};

struct schema_table {
	const char *name;
	const struct schema_row *rows;
	const char *skip;	/* a member that the caller decodes, or NULL */
	uint16_t count;
	uint16_t size;		/* bytes of the struct: items of a list are an array of such structs */
};

/* Numbers too large for int32_t, as codes. A large number without a code does not compile, see SCHEMA_FITS(). */
#define SCHEMA_YEAR_MS 31536000000
#define SCHEMA_64_GIB 68719476736
#define SCHEMA_NUMBER(v) \
	((int64_t)(v) == (int64_t)MAX_EXACT ? INT32_MAX : (int64_t)(v) == SCHEMA_YEAR_MS ? INT32_MAX - 1 : \
	 (int64_t)(v) == UINT32_MAX ? INT32_MAX - 2 : (int64_t)(v) == SCHEMA_64_GIB ? INT32_MAX - 3 : \
	 (int64_t)(v) == (int64_t)UINT32_MAX - 1 ? INT32_MAX - 4 : \
	 (int64_t)(v) == -(int64_t)MAX_EXACT || (int64_t)(v) == NO_TIME ? INT32_MIN : (int32_t)(v))
#define SCHEMA_FITS(v) (SCHEMA_NUMBER(v) > INT32_MAX - 5 || SCHEMA_NUMBER(v) == INT32_MIN || SCHEMA_NUMBER(v) == (int64_t)(v))

/*
 * Decodes object into *ret, the struct of the table. Messages begin with path: "network", or "" for none. False: *error
 * says why, with the path of the key as its field (valid until the next call), and *ret must not be used.
 */
bool schema_decode(const struct cJSON *object, const struct schema_table *table, const char *path, void *ret, struct reply *error);

/* The key of a row that differs from key by at most two edits; NULL: none does. */
const char *schema_nearest_key(const struct schema_table *table, const char *key);

/*
 * Decodes each object of the array as schema_decode() does; NULL is an empty array. The items of *ret are an array of
 * the table's structs.
 */
bool schema_decode_list(const struct cJSON *array, const struct schema_table *table, const char *path, struct object_list *ret,
			struct reply *error);
