/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the members of the hello and of the events of a dial. Never: writes a secret. */
#include "agent/server/hello.h"

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/boot_timeline.h"
#include "agent/server/conn.h"
#include "agent/server/crash.h"
#include "agent/server/server.h"
#include "agent/server/token.h"
#include "common/version.h"

static void write_who(const struct agent *agent, struct buf *b)
{
	jsonw_string(b, "pith", PITH_VERSION);
	jsonw_count(b, "protocol_min", PITH_PROTOCOL_MIN);
	jsonw_count(b, "protocol_max", PITH_PROTOCOL_MAX);
	jsonw_string(b, "boot_id", agent->boot_id);
	jsonw_string(b, "generation", agent->generation);
}

void hello_send(struct conn *c)
{
	struct agent *agent = c->agent;
	struct buf *b = &agent->scratch;

	b->len = 0;
	b->failed = false;
	jsonw_object(b, NULL);
	write_who(agent, b);
	crash_write(agent, CRASH_SHORT, b);
	if (!token_is_satisfied(c))
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

const char *hello_event_name(enum dial_host_event event)
{
	switch (event) {
	case DIAL_HOST_READY:
		return "ready";
	case DIAL_HOST_NEED_RESUME:
		return "need_resume";
	}
	return NULL;
}

void hello_write_event(const struct agent *agent, struct buf *b)
{
	jsonw_object(b, NULL);
	jsonw_string(b, "event", hello_event_name(agent->server->notify.event));
	write_who(agent, b);
	jsonw_count(b, "starts", agent->starts);
	jsonw_count(b, "attempt", agent->server->notify.attempts);
	jsonw_bool(b, "configured", !agent->configuring);
	jsonw_count(b, "configuration_failed", agent->configuration_failed);
	boot_timeline_write(agent, b);
	jsonw_object_end(b);
}
