/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the agents that died before this one. */
#pragma once

struct agent;
struct buf;

enum crash_detail {
	CRASH_SHORT,
	CRASH_WITH_LOG,	/* the last lines of the agent that died */
};

/* The member `crashes`, and `last_crash` if there is one. */
void crash_write(const struct agent *agent, enum crash_detail detail, struct buf *b);

/* The member `upgrade`: how the last one went. Nothing if there was none. */
void crash_write_upgrade(const struct agent *agent, struct buf *b);
