/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the rule which request is served at a time and for which caller; the server calls requests_calls.
 *
 * Never: decodes a request, or replies to one; server/dispatch.c does.
 */
#include "agent/requests.h"

#include "agent/core/agent.h"
#include "agent/files/worker.h"
#include "agent/server/dispatch.h"
#include "agent/server/token.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/restore.h"
#include "agent/spawn/launcher.h"

static bool may_serve(const struct conn *c, const struct request *request, struct reply *reply)
{
	const struct agent *agent = c->agent;
	enum request_when when = request_when(request->type);

	if (!token_is_satisfied(c) && request->type != REQUEST_auth && request->type != REQUEST_ping)
		return reply_fail(reply, ERROR_PERMISSION_DENIED, "this guest takes no request before auth with its token");
	if (agent->stopping && !(when & REQUEST_WHILE_STOPPING))
		return reply_fail(reply, ERROR_SHUTTING_DOWN, "the guest is going down");
	if (agent->still && !(when & REQUEST_WHILE_QUIESCED)) {
		quiesce_refuse(agent, reply);
		return false;
	}
	return true;
}

static enum handled call(struct conn *c, const struct request *request, struct reply *reply)
{
	switch (request->type) {
#define AGENT_REQUEST(name, handler, when) \
	case REQUEST_##name: \
		return handler(c, &request->as.name, reply);
#define WORKER_REQUEST(name, handler) \
	case REQUEST_##name: \
		return worker_take(c, request, reply);
#include "agent/protocol/requests.def"
	case REQUEST_COUNT_:
		break;
	}
	return HANDLED_NOW;
}

static enum handled serve(struct conn *c, const struct request *request, struct reply *reply)
{
	return may_serve(c, request, reply) ? call(c, request, reply) : HANDLED_NOW;
}

static void caller(struct agent *agent, bool from_host)
{
	if (from_host)
		restore_look(agent);
	/* A caller is likely to run a program soon, and the first program should not wait for the launcher. */
	launcher_ensure(agent);
}

const struct server_calls requests_calls = { .caller = caller, .serve = serve, .reset = restore_reset };
