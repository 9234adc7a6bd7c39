/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a Q frame to a struct, by the rows of requests.def.
 *
 * Pure but for the JSON arena: strings, lists and documents of the decoded request live there until the next json_parse().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol/schema.h"

/* When a request is served. */
enum request_when {
	REQUEST_WHILE_RUNNING = 0,	/* neither of those below */
	REQUEST_WHILE_STOPPING = 1,	/* also when the guest is going down */
	REQUEST_WHILE_QUIESCED = 2,	/* also when the guest stands still for a snapshot */
	REQUEST_ALWAYS = REQUEST_WHILE_STOPPING | REQUEST_WHILE_QUIESCED,
};

enum request_type {
#define REQUEST(name) REQUEST_##name,
#include "agent/protocol/requests.def"
	REQUEST_COUNT_
};

/* A field called `stdin` would meet the macro of <stdio.h>: members carry a prefix. */
#define REQUEST(name) struct request_##name { char unused_;
#define FIELD(request, key, kind, need, min, max, fallback) field_##kind f_##key;
#define REQUEST_END(name) };
#include "agent/protocol/requests.def"

struct request {
	enum request_type type;
	union {
#define REQUEST(name) struct request_##name name;
#include "agent/protocol/requests.def"
	} as;
};

/* Decodes; false: *error says why, with op and field where they are known, and *ret is not to be used. */
bool request_decode(const char *text, size_t len, struct request *ret, struct reply *error);

const char *request_name(enum request_type type);
enum request_when request_when(enum request_type type);
