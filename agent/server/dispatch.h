/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that answers requests. Handlers are declared here from requests.def and defined in handle_*.c.
 */
#pragma once

#include <stddef.h>

#include "agent/protocol/request.h"
#include "agent/server/conn.h"

enum handled {
	HANDLED_NOW,	/* the reply is in *reply */
	HANDLED_LATER,	/* c->op is set, and will be ended by dispatch_finish() */
	HANDLED_AWAY,	/* a worker has the connection, and will answer */
};

/* The handlers of what the agent's loop serves. Those of workers: agent/files/worker_main.h. */
#define AGENT_REQUEST(name, handler, when) \
	enum handled handler(struct conn *c, const struct request_##name *request, struct reply *reply);
#include "agent/protocol/requests.def"

/* Decodes a request, has it handled, and answers it now or not. */
void dispatch_request(struct conn *c, const char *text, size_t len);

/* Begins the late answer of an operation: reply->result is ready to be written to. */
void dispatch_begin(struct op *op, struct reply *reply);

/* Sends it and takes the operation off its connection: op is the caller's again. */
void dispatch_finish(struct op *op, struct reply *reply);
