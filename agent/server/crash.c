/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the members of `info` about crashes of the agent. Never: knows the reason of a crash. */
#include "agent/server/crash.h"

#include <string.h>
#include <sys/wait.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/protocol/jsonw.h"
#include "common/fmt.h"
#include "common/signame.h"

/* Writes the last lines that agents logged until until_us. */
static void write_last_lines(struct buf *b, uint64_t until_us)
{
	const char *kept[LIMIT_CRASH_LINES];
	struct log_ring_line line;
	char *cursor = log_text();
	size_t count = 0;

	while (log_ring_next(&cursor, &line))
		if (line.at_us <= until_us && strncmp(line.text, LOG_PREFIX, strlen(LOG_PREFIX)) == 0)
			kept[count++ % LIMIT_CRASH_LINES] = line.text;
	jsonw_array(b, "log");
	for (size_t i = count > LIMIT_CRASH_LINES ? count - LIMIT_CRASH_LINES : 0; i < count; i++)
		jsonw_string(b, NULL, kept[i % LIMIT_CRASH_LINES]);
	jsonw_array_end(b);
}

static void write_status(int status, struct buf *b)
{
	const char *name = WIFSIGNALED(status) ? signame(WTERMSIG(status)) : NULL;
	char number[16];

	if (WIFSIGNALED(status)) {
		fmt_text(number, sizeof(number), "%d", WTERMSIG(status));
		jsonw_string(b, "signal", name ? name : number);
	} else {
		jsonw_count(b, "code", (uint64_t)WEXITSTATUS(status));
	}
}

void crash_write(const struct agent *agent, enum crash_detail detail, struct buf *b)
{
	const struct lifeline_given *given = &agent->store.given;

	jsonw_count(b, "crashes", given->crashes);
	if (!given->crashes)
		return;
	jsonw_object(b, "last_crash");
	jsonw_count(b, "at_us", (uint64_t)given->last_us);
	write_status(given->last_status, b);
	if (detail == CRASH_WITH_LOG)
		write_last_lines(b, (uint64_t)given->last_us);
	jsonw_object_end(b);
}

void crash_write_upgrade(const struct agent *agent, struct buf *b)
{
	const struct lifeline_given *given = &agent->store.given;

	if (given->upgrade == LIFELINE_UPGRADE_NONE)
		return;
	jsonw_object(b, "upgrade");
	jsonw_string(b, "outcome", given->upgrade == LIFELINE_UPGRADE_DONE ? "done" : "failed");
	if (given->upgrade == LIFELINE_UPGRADE_FAILED)
		write_status(given->upgrade_status, b);
	jsonw_object_end(b);
}
