/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the decision to start the agent.
 *
 *	            START      SPAWNED   SPAWN_FAILED  SAID_READY  EXITED     HANDED_OVER  TIMER     STOP
 *	idle        spawning*  !         !             !           !          !            -         stopped
 *	spawning    !          running   waiting       !           !          !            -         stopped
 *	running     !          !         !             ready       again      spawning*    -         stopped
 *	ready       !          !         !             -           again      spawning*    -         stopped
 *	waiting     !          !         !             !           !          !            spawning* stopped
 *	stopped     -          -         -             -           -          -            -         -
 *
 * `*` asks for a spawn; `again` is spawning* the first time and waiting after that; `-` is ignored; `!` cannot happen, and is
 * counted and ignored.
 *
 * Never: aborts. A surprise costs a count.
 */
#include "init/supervise.h"

static enum supervise_action ask_for_spawn(struct supervise *s)
{
	s->state = SUPERVISE_SPAWNING;
	s->deadline_us = SUPERVISE_NO_DEADLINE;
	return SUPERVISE_DO_SPAWN;
}

/* The restart delay: 1 s, 2 s, 4 s … for the second, third, fourth failure in a row. */
static int64_t delay_us(const struct supervise *s)
{
	int64_t delay = SUPERVISE_FIRST_DELAY_US;

	for (uint32_t i = 2; i < s->failures && delay < s->max_delay_us; i++)
		delay *= 2;
	return delay < s->max_delay_us ? delay : s->max_delay_us;
}

static void count_failure(struct supervise *s)
{
	if (s->failures < UINT32_MAX)
		s->failures++;
}

static enum supervise_action wait_for_turn(struct supervise *s, int64_t now_us)
{
	s->state = SUPERVISE_WAITING;
	s->deadline_us = now_us + delay_us(s);
	return SUPERVISE_DO_NOTHING;
}

static enum supervise_action restart(struct supervise *s, int64_t now_us)
{
	if (now_us - s->started_us >= SUPERVISE_SETTLED_US)
		s->failures = 0;
	count_failure(s);
	if (s->failures == 1)
		return ask_for_spawn(s);
	return wait_for_turn(s, now_us);
}

static enum supervise_action stop(struct supervise *s)
{
	s->state = SUPERVISE_STOPPED;
	s->deadline_us = SUPERVISE_NO_DEADLINE;
	return SUPERVISE_DO_NOTHING;
}

static enum supervise_action surprise(struct supervise *s)
{
	if (s->surprises < UINT32_MAX)
		s->surprises++;
	return SUPERVISE_DO_NOTHING;
}

static enum supervise_action step_idle(struct supervise *s, enum supervise_event event)
{
	switch (event) {
	case SUPERVISE_START:
		return ask_for_spawn(s);
	case SUPERVISE_STOP:
		return stop(s);
	case SUPERVISE_TIMER:
		return SUPERVISE_DO_NOTHING;
	case SUPERVISE_SPAWNED:
	case SUPERVISE_SPAWN_FAILED:
	case SUPERVISE_SAID_READY:
	case SUPERVISE_EXITED:
	case SUPERVISE_HANDED_OVER:
		break;
	}
	return surprise(s);
}

static enum supervise_action step_spawning(struct supervise *s, enum supervise_event event, int64_t now_us)
{
	switch (event) {
	case SUPERVISE_SPAWNED:
		s->state = SUPERVISE_RUNNING;
		s->started_us = now_us;
		s->starts++;
		return SUPERVISE_DO_NOTHING;
	case SUPERVISE_SPAWN_FAILED:
		/* A failed spawn is not repeated at once: the missing memory or process slot is most likely still missing. */
		count_failure(s);
		return wait_for_turn(s, now_us);
	case SUPERVISE_STOP:
		return stop(s);
	case SUPERVISE_TIMER:
		return SUPERVISE_DO_NOTHING;
	case SUPERVISE_START:
	case SUPERVISE_SAID_READY:
	case SUPERVISE_EXITED:
	case SUPERVISE_HANDED_OVER:
		break;
	}
	return surprise(s);
}

static enum supervise_action step_alive(struct supervise *s, enum supervise_event event, int64_t now_us)
{
	switch (event) {
	case SUPERVISE_SAID_READY:
		s->state = SUPERVISE_READY;
		return SUPERVISE_DO_NOTHING;
	case SUPERVISE_EXITED:
		return restart(s, now_us);
	case SUPERVISE_HANDED_OVER:
		return ask_for_spawn(s);
	case SUPERVISE_STOP:
		return stop(s);
	case SUPERVISE_TIMER:
		return SUPERVISE_DO_NOTHING;
	case SUPERVISE_START:
	case SUPERVISE_SPAWNED:
	case SUPERVISE_SPAWN_FAILED:
		break;
	}
	return surprise(s);
}

static enum supervise_action step_waiting(struct supervise *s, enum supervise_event event, int64_t now_us)
{
	switch (event) {
	case SUPERVISE_TIMER:
		return now_us >= s->deadline_us ? ask_for_spawn(s) : SUPERVISE_DO_NOTHING;
	case SUPERVISE_STOP:
		return stop(s);
	case SUPERVISE_START:
	case SUPERVISE_SPAWNED:
	case SUPERVISE_SPAWN_FAILED:
	case SUPERVISE_SAID_READY:
	case SUPERVISE_EXITED:
	case SUPERVISE_HANDED_OVER:
		break;
	}
	return surprise(s);
}

enum supervise_action supervise_step(struct supervise *s, enum supervise_event event, int64_t now_us)
{
	switch (s->state) {
	case SUPERVISE_IDLE:
		return step_idle(s, event);
	case SUPERVISE_SPAWNING:
		return step_spawning(s, event, now_us);
	case SUPERVISE_RUNNING:
	case SUPERVISE_READY:
		return step_alive(s, event, now_us);
	case SUPERVISE_WAITING:
		return step_waiting(s, event, now_us);
	case SUPERVISE_STOPPED:
		/* During the shutdown all events are ignored. */
		return SUPERVISE_DO_NOTHING;
	}
	return surprise(s);
}
