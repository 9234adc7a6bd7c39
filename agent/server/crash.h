/* SPDX-License-Identifier: Apache-2.0 */
/* The members of `info` about earlier agents of this boot. */
#pragma once

struct agent;
struct buf;

enum crash_detail {
	CRASH_SHORT,
	CRASH_WITH_LOG,	/* with the last log lines of the agent that crashed */
};

/* Writes the member `crashes`, and `last_crash` if an agent crashed. */
void crash_write(const struct agent *agent, enum crash_detail detail, struct buf *b);

/* Writes the member `upgrade`, the outcome of the last upgrade; nothing without an upgrade. */
void crash_write_upgrade(const struct agent *agent, struct buf *b);
