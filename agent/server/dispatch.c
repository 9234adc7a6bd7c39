/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the rule that every request gets exactly one R or E.
 *
 * Never: knows what a request does.
 */
#include "agent/server/dispatch.h"

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/crash.h"
#include "agent/server/server.h"
#include "common/version.h"

static void begin(struct agent *agent, struct reply *reply)
{
	agent->scratch.len = 0;
	agent->scratch.failed = false;
	*reply = (struct reply){ .result = &agent->scratch };
	jsonw_object(&agent->scratch, NULL);
}

static void send_result(struct conn *c, struct reply *reply)
{
	struct buf *b = reply->result;

	jsonw_object_end(b);
	if (b->failed || !conn_reserve(c, b->len)) {
		reply_fail_result(reply);
		dispatch_send_error(c, reply);
		return;
	}
	conn_queue(c, FRAME_RESULT, FRAME_STDIN, b->data, b->len);
}

static void send_reply(struct conn *c, struct reply *reply)
{
	if (reply->failed)
		dispatch_send_error(c, reply);
	else
		send_result(c, reply);
}

void dispatch_request(struct conn *c, const char *text, size_t len)
{
	struct agent *agent = c->agent;
	struct request request;
	struct reply reply;

	agent->counters.requests++;
	begin(agent, &reply);
	if (request_decode(text, len, &request, &reply)) {
		agent->request_text = text;
		agent->request_len = len;
		if (agent->calls->serve(c, &request, &reply) != HANDLED_NOW)
			return;
	}
	send_reply(c, &reply);
}

void dispatch_begin(struct op *op, struct reply *reply)
{
	begin(op->conn->agent, reply);
}

void dispatch_finish(struct op *op, struct reply *reply)
{
	struct conn *c = op->conn;

	c->op = NULL;
	op->conn = NULL;
	send_reply(c, reply);
}

void dispatch_send_error(struct conn *c, const struct reply *error)
{
	struct buf *b = &c->agent->scratch;

	b->len = 0;
	b->failed = false;
	reply_write_error(error, b);
	conn_queue(c, FRAME_ERROR, FRAME_STDIN, b->data, b->len);
}

void dispatch_send_hello(struct conn *c)
{
	struct agent *agent = c->agent;
	struct buf *b = &agent->scratch;

	b->len = 0;
	b->failed = false;
	jsonw_object(b, NULL);
	jsonw_string(b, "pith", PITH_VERSION);
	jsonw_count(b, "protocol_min", PITH_PROTOCOL_MIN);
	jsonw_count(b, "protocol_max", PITH_PROTOCOL_MAX);
	jsonw_string(b, "boot_id", agent->boot_id);
	jsonw_string(b, "generation", agent->generation);
	crash_write(agent, CRASH_SHORT, b);
	if (agent->configuration.token[0] && !c->trusted)
		jsonw_bool(b, "token", true);
	jsonw_array(b, "features");
	jsonw_string(b, NULL, "exec");
	jsonw_string(b, NULL, "files");
	jsonw_array_end(b);
	jsonw_object(b, "limits");
	jsonw_count(b, "frame_bytes", FRAME_MAX);
	jsonw_count(b, "json_bytes", FRAME_JSON_MAX);
	jsonw_count(b, "connections", LIMIT_CONNECTIONS);
	jsonw_count(b, "execs", LIMIT_EXECS);
	jsonw_count(b, "workers", LIMIT_WORKERS);
	jsonw_object_end(b);
	jsonw_object_end(b);
	conn_queue(c, FRAME_HELLO, FRAME_STDIN, b->data, b->len);
}
