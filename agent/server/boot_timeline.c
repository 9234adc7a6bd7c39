/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of the boot's steps and their times. Never: reads a clock. */
#include "agent/server/boot_timeline.h"

#include <stdlib.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/server.h"
#include "common/fmt.h"

void boot_timeline_read(struct agent *agent, const char *text)
{
	while (text && *text && agent->server->boot_count < BOOT_STEPS) {
		struct boot_step *step = &agent->server->boot[agent->server->boot_count];
		size_t n = strcspn(text, "=");
		char *end;

		if (n == 0 || n >= sizeof(step->name) || text[n] != '=')
			return;
		memcpy(step->name, text, n);
		step->name[n] = '\0';
		step->at_us = strtoull(text + n + 1, &end, 10);
		agent->server->boot_count++;
		text = *end == ' ' ? end + 1 : NULL;
	}
}

void boot_timeline_add(struct agent *agent, const char *name, int64_t at_us)
{
	struct boot_step *step = &agent->server->boot[agent->server->boot_count];

	if (agent->server->boot_count == BOOT_STEPS)
		return;
	agent->server->boot_count++;
	fmt_text(step->name, sizeof(step->name), "%s", name);
	step->at_us = (uint64_t)at_us;
}

void boot_timeline_write(const struct agent *agent, struct buf *b)
{
	jsonw_array(b, "boot");
	for (size_t i = 0; i < agent->server->boot_count; i++) {
		jsonw_object(b, NULL);
		jsonw_string(b, "step", agent->server->boot[i].name);
		jsonw_count(b, "at_us", agent->server->boot[i].at_us);
		jsonw_object_end(b);
	}
	jsonw_array_end(b);
}
