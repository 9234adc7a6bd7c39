/* SPDX-License-Identifier: Apache-2.0 */
/* Owns agent_log: the lines of PID 1 and of the agents of this boot. Never: takes a line for whole because it should be. */
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "jsonw.h"
#include "log.h"

/* "MICROSECONDS LEVEL TEXT"; one that is none was being written when it was read. */
static void write_line(struct buf *b, char *line)
{
	char *at = line, *end;
	uint64_t at_us = strtoull(at, &end, 10);
	unsigned long level;

	if (end == at || *end != ' ')
		return;
	at = end + 1;
	level = strtoul(at, &end, 10);
	if (end == at || *end != ' ')
		return;
	jsonw_object(b, NULL);
	jsonw_count(b, "at_us", at_us);
	jsonw_count(b, "level", level);
	jsonw_string(b, "text", end + 1);
	jsonw_object_end(b);
}

enum handled handle_agent_log(struct conn *c, const struct request_agent_log *request, struct reply *reply)
{
	static char text[LOG_RING_BYTES + 1];
	char *saved = NULL;

	(void)c;
	(void)request;
	if (!log_ring) {
		reply_fail(reply, ERROR_UNSUPPORTED, "this agent was not started by pith-init");
		return HANDLED_NOW;
	}
	log_ring_read(log_ring, text, sizeof(text));
	jsonw_array(reply->result, "records");
	for (char *line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved))
		write_line(reply->result, line);
	jsonw_array_end(reply->result);
	return HANDLED_NOW;
}
