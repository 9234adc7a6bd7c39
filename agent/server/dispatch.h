/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only module of the agent's loop that replies to requests. Handlers are declared here from requests.def, and
 * defined in handle_*.c.
 */
#pragma once

#include <stddef.h>

#include "agent/protocol/request.h"
#include "agent/server/conn.h"

enum handled {
	HANDLED_NOW,	/* the result or error is in *reply */
	HANDLED_LATER,	/* c->op is set; dispatch_finish() follows later */
	HANDLED_AWAY,	/* a worker has the connection, and will reply */
};

/* Handlers of the requests that the agent's loop serves. Those of workers: agent/files/worker_main.h. */
#define AGENT_REQUEST(name, handler, when) \
	enum handled handler(struct conn *c, const struct request_##name *request, struct reply *reply);
#include "agent/protocol/requests.def"

/* Decodes a request, calls its handler, and sends the reply if the handler returned HANDLED_NOW. */
void dispatch_request(struct conn *c, const char *text, size_t len);

/* Begins the late reply of an operation: reply->result is ready for the members of the result. */
void dispatch_begin(struct op *op, struct reply *reply);

/* Sends the reply and takes the operation off its connection. op stays its owner's, who may free it. */
void dispatch_finish(struct op *op, struct reply *reply);
