/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the agent is started and when again.
 *
 * Pure: no fork, no clock, no fd. The caller tells events and the time, does the action, and tells how it went.
 */
#pragma once

#include <stdint.h>

/* The second restart in a row waits this long; each further one twice as long, … */
#define SUPERVISE_FIRST_DELAY_US (1 * 1000000LL)
/* … up to this, or what pith.restart_ms says: a guest whose agent was mended is reachable within half a minute. */
#define SUPERVISE_MAX_DELAY_US (30 * 1000000LL)
/* An agent that lived this long had no trouble starting: the next restart is immediate again. */
#define SUPERVISE_SETTLED_US (60 * 1000000LL)

#define SUPERVISE_NO_DEADLINE INT64_MAX

enum supervise_state {
	SUPERVISE_IDLE,		/* before the first start */
	SUPERVISE_SPAWNING,	/* the caller was told to spawn and has not answered yet */
	SUPERVISE_RUNNING,	/* not heard of since its start */
	SUPERVISE_READY,	/* it said that it serves */
	SUPERVISE_WAITING,	/* dead, until the deadline */
	SUPERVISE_STOPPED,	/* no further start: the machine goes down */
};

enum supervise_event {
	SUPERVISE_START,
	SUPERVISE_SPAWNED,
	SUPERVISE_SPAWN_FAILED,
	SUPERVISE_SAID_READY,
	SUPERVISE_EXITED,
	SUPERVISE_HANDED_OVER,	/* it ended for its successor, which is no failure */
	SUPERVISE_TIMER,	/* the time may or may not have come */
	SUPERVISE_STOP,
};

enum supervise_action {
	SUPERVISE_DO_NOTHING,
	SUPERVISE_DO_SPAWN,	/* and answer with SUPERVISE_SPAWNED or SUPERVISE_SPAWN_FAILED at once */
};

struct supervise {
	enum supervise_state state;
	uint32_t starts;	/* that succeeded */
	uint32_t failures;	/* in a row: deaths before it had settled, and failed spawns */
	uint32_t surprises;	/* events that cannot happen in their state; ignored */
	int64_t max_delay_us;
	int64_t started_us;
	int64_t deadline_us;	/* when SUPERVISE_TIMER is due, or SUPERVISE_NO_DEADLINE */
};

#define SUPERVISE_INIT { .max_delay_us = SUPERVISE_MAX_DELAY_US, .deadline_us = SUPERVISE_NO_DEADLINE }

enum supervise_action supervise_step(struct supervise *s, enum supervise_event event, int64_t now_us);
