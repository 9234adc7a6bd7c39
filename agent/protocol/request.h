/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the bytes of a Q frame to a struct, by the rows of requests.def.
 *
 * Pure but for the JSON arena: strings, lists and documents of the request live in the arena until the next
 * json_parse().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/protocol/schema.h"

/* The states of the guest in which a request is served; flags. */
enum request_when {
	REQUEST_WHILE_RUNNING = 0,	/* neither while stopping nor while quiesced */
	REQUEST_WHILE_STOPPING = 1,	/* also while the guest goes down */
	REQUEST_WHILE_QUIESCED = 2,	/* also while the guest is quiesced for a snapshot */
	REQUEST_ALWAYS = REQUEST_WHILE_STOPPING | REQUEST_WHILE_QUIESCED,
};

enum request_type {
#define REQUEST(name) REQUEST_##name,
#include "agent/protocol/requests.def"
	REQUEST_COUNT_
};

/* Members have the prefix f_, because `stdin` is a macro of <stdio.h>. */
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

/* True: *ret is the request. False: *error says why, with op and field if known, and *ret must not be used. */
bool request_decode(const char *text, size_t len, struct request *ret, struct reply *error);

const char *request_name(enum request_type type);
enum request_when request_when(enum request_type type);
