/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a Q frame to a struct, by the rows of requests.def.
 *
 * Pure but for the JSON arena: strings and lists of the decoded request live there until the next json_parse().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reply.h"

struct string_list {
	size_t count;
	const char **item;	/* count strings, then NULL */
};

struct pair_list {
	size_t count;
	const char **key;
	const char **value;
};

enum field_kind {
	FIELD_string,
	FIELD_path,
	FIELD_strings,
	FIELD_pairs,
	FIELD_flag,
	FIELD_count,
	FIELD_integer,
};

typedef const char *field_string;
/* A name of the guest's files: any bytes but NUL, as docs/protocol.md, section 6, has them in JSON. */
typedef const char *field_path;
typedef struct string_list field_strings;
typedef struct pair_list field_pairs;
typedef bool field_flag;
typedef uint64_t field_count;
typedef int64_t field_integer;

/* The fallback of a count for which no number can stand. */
#define NOT_GIVEN UINT64_MAX
/* The same of an integer. */
#define NO_TIME INT64_MIN
/* 2^53 - 1: up to here JSON numbers are exact. */
#define MAX_EXACT 9007199254740991u

enum request_flags {
	REQUEST_WHILE_STOPPING = 1,	/* also served when the guest is going down */
	REQUEST_WORKER = 2,		/* served by a worker, which takes the connection over: agent/worker.h */
};

enum request_type {
#define REQUEST(name, flags) REQUEST_##name,
#define FIELD(request, key, kind, need, min, max, fallback)
#define REQUEST_END(name)
#include "requests.def"
#undef REQUEST
#undef FIELD
#undef REQUEST_END
	REQUEST_COUNT_
};

/* A field called `stdin` would meet the macro of <stdio.h>: members carry a prefix. */
#define REQUEST(name, flags) struct request_##name { char unused_;
#define FIELD(request, key, kind, need, min, max, fallback) field_##kind f_##key;
#define REQUEST_END(name) };
#include "requests.def"
#undef REQUEST
#undef FIELD
#undef REQUEST_END

struct request {
	enum request_type type;
	union {
#define REQUEST(name, flags) struct request_##name name;
#define FIELD(request, key, kind, need, min, max, fallback)
#define REQUEST_END(name)
#include "requests.def"
#undef REQUEST
#undef FIELD
#undef REQUEST_END
	} as;
};

/* Decodes; false: *error says why, with op and field where they are known, and *ret is not to be used. */
bool request_decode(const char *text, size_t len, struct request *ret, struct reply *error);

const char *request_name(enum request_type type);
unsigned int request_flags(enum request_type type);
