/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides when the agent is started and restarted, with a back-off after failures.
 *
 * Pure: no fork, no clock, no fd. The caller passes events and the time, does the returned action, and passes its result.
 */
#pragma once

#include <stdint.h>

/* The restart delay of the second restart in a row; each further delay is twice as long, … */
#define SUPERVISE_FIRST_DELAY_US (1 * 1000000LL)
/* … up to 30 s, or pith.restart_ms: a guest with a repaired agent is reachable within half a minute. */
#define SUPERVISE_MAX_DELAY_US (30 * 1000000LL)
/* After an agent's life of 60 s the next restart is immediate again. */
#define SUPERVISE_SETTLED_US (60 * 1000000LL)

#define SUPERVISE_NO_DEADLINE INT64_MAX

enum supervise_state {
	SUPERVISE_IDLE,		/* before the first start */
	SUPERVISE_SPAWNING,	/* SUPERVISE_DO_SPAWN was returned, and its result is not known yet */
	SUPERVISE_RUNNING,	/* started, and LIFELINE_READY has not come */
	SUPERVISE_READY,	/* LIFELINE_READY has come */
	SUPERVISE_WAITING,	/* the agent is dead; restart at the deadline */
	SUPERVISE_STOPPED,	/* no further start: the machine goes down */
};

enum supervise_event {
	SUPERVISE_START,
	SUPERVISE_SPAWNED,
	SUPERVISE_SPAWN_FAILED,
	SUPERVISE_SAID_READY,
	SUPERVISE_EXITED,
	SUPERVISE_HANDED_OVER,	/* the agent ended for an upgrade; not a failure */
	SUPERVISE_TIMER,	/* a deadline check; the deadline may not have passed */
	SUPERVISE_STOP,
};

enum supervise_action {
	SUPERVISE_DO_NOTHING,
	SUPERVISE_DO_SPAWN,	/* the caller spawns, and passes SUPERVISE_SPAWNED or SUPERVISE_SPAWN_FAILED at once */
};

struct supervise {
	enum supervise_state state;
	uint32_t starts;	/* successful starts */
	uint32_t failures;	/* in a row: deaths within SUPERVISE_SETTLED_US, and failed spawns */
	uint32_t surprises;	/* events that cannot happen in their state; ignored */
	int64_t max_delay_us;
	int64_t started_us;
	int64_t deadline_us;	/* when SUPERVISE_TIMER is due, or SUPERVISE_NO_DEADLINE */
};

#define SUPERVISE_INIT { .max_delay_us = SUPERVISE_MAX_DELAY_US, .deadline_us = SUPERVISE_NO_DEADLINE }

enum supervise_action supervise_step(struct supervise *s, enum supervise_event event, int64_t now_us);
