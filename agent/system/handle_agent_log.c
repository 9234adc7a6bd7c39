/* SPDX-License-Identifier: Apache-2.0 */
/* Owns agent_log: the lines of PID 1 and of the agents of this boot. Never: assumes that the ring's first line is whole. */
#include "agent/core/log.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"

enum handled handle_agent_log(struct conn *c, const struct request_agent_log *request, struct reply *reply)
{
	struct buf *b = reply->result;
	struct log_ring_line line;
	char *cursor = log_text();

	(void)c;
	(void)request;
	if (!log_ring) {
		reply_fail(reply, ERROR_UNSUPPORTED, "this agent was not started by pith-init");
		return HANDLED_NOW;
	}
	jsonw_array(b, "records");
	while (log_ring_next(&cursor, &line)) {
		jsonw_object(b, NULL);
		jsonw_count(b, "at_us", line.at_us);
		jsonw_count(b, "level", line.level);
		jsonw_string(b, "text", line.text);
		jsonw_object_end(b);
	}
	jsonw_array_end(b);
	return HANDLED_NOW;
}
