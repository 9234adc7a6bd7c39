/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the rule that every request gets exactly one reply, R or E.
 *
 * Never: knows the meaning of a request.
 */
#include "agent/server/dispatch.h"

#include "agent/core/agent.h"
#include "agent/server/server.h"

static void send_reply(struct conn *c, struct reply *reply)
{
	enum frame_type type = reply_end(reply);

	if (type == FRAME_RESULT && !conn_reserve(c, reply->result->len)) {
		reply_fail_result(reply);
		type = reply_end(reply);
	}
	conn_queue(c, type, FRAME_STDIN, reply->result->data, reply->result->len);
}

void dispatch_request(struct conn *c, const char *text, size_t len)
{
	struct agent *agent = c->agent;
	struct request request;
	struct reply reply;

	agent->counters.requests++;
	reply_begin(&reply, &agent->scratch);
	if (request_decode(text, len, &request, &reply)) {
		agent->server->request_text = text;
		agent->server->request_len = len;
		if (agent->server->calls->serve(c, &request, &reply) != HANDLED_NOW)
			return;
	}
	send_reply(c, &reply);
}

void dispatch_begin(struct op *op, struct reply *reply)
{
	reply_begin(reply, &op->conn->agent->scratch);
}

void dispatch_finish(struct op *op, struct reply *reply)
{
	struct conn *c = op->conn;

	c->op = NULL;
	op->conn = NULL;
	send_reply(c, reply);
}
