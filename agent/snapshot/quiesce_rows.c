/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the code that the rows of quiesce, thaw and resume share.
 *
 * Never: depends on which row runs.
 */
#include "agent/snapshot/quiesce_rows.h"

#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/files/worker.h"
#include "agent/snapshot/quiesce.h"
#include "common/cleanup.h"

void quiesce_set_state(struct agent *agent, enum quiesce_state state)
{
	agent->snapshot->quiesce.state = state;
	agent->still = state != QUIESCE_RUNNING;
}

void quiesce_end_bound(struct agent *agent)
{
	loop_timer_clear(&agent->loop, &agent->snapshot->quiesce.bound);
}

void quiesce_drop_freezer(struct agent *agent)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	if (!q->freezer)
		return;
	memcpy(&q->notes, q->freezer->block, sizeof(q->notes));
	freezer_abandon(q->freezer);
	q->freezer = NULL;
}

/* The step exceeds its time limit. A freezer that does not answer is given up, as no other step could use it. */
static void on_bound(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct snapshot, quiesce.bound)->agent;
	struct steps *s = &agent->snapshot->quiesce.steps;

	agent->jobs_ended = NULL;
	quiesce_drop_freezer(agent);
	steps_ended(s, -ETIMEDOUT);
}

void quiesce_set_bound(struct agent *agent, int64_t within_us)
{
	agent->snapshot->quiesce.bound.fn = on_bound;
	loop_timer_set(&agent->loop, &agent->snapshot->quiesce.bound, within_us);
}

int quiesce_later(struct agent *agent, enum freeze_command command, int64_t within_us)
{
	int r = freezer_command(agent->snapshot->quiesce.freezer, command);

	if (r < 0)
		return r;
	if (within_us)
		quiesce_set_bound(agent, within_us);
	return STEP_LATER;
}

void quiesce_freezer_done(struct agent *agent, int r)
{
	quiesce_end_bound(agent);
	steps_ended(&agent->snapshot->quiesce.steps, r);
}

void quiesce_step_done(struct agent *agent, int r)
{
	steps_ended(&agent->snapshot->quiesce.steps, r);
}

void quiesce_stop_workload(void *data)
{
	workload_stop_waiting(data);
}

/* The freezer's reply to the stopped command is ignored; a thaw that follows waits for the command's end. */
void quiesce_stop_freezer(void *data)
{
	quiesce_end_bound(data);
}

void quiesce_stop_hooks(void *data)
{
	hooks_stop(data);
}

int quiesce_step_thaw(void *data)
{
	struct agent *agent = data;

	if (!freezer_holds(agent->snapshot->quiesce.freezer))
		return STEP_SKIPPED;
	return quiesce_later(agent, FREEZE_THAW, LIMIT_THAW_US);
}

void quiesce_run(struct agent *agent, enum quiesce_state state, enum quiesce_last last, const struct steps_row *rows, size_t count)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	steps_stop(&q->steps);
	quiesce_end_bound(agent);
	quiesce_set_state(agent, state);
	q->last = last;
	q->steps.rows = rows;
	q->steps.count = count;
	q->steps.data = agent;
	/* Persisted before the first step, so that the next agent can undo whatever was begun. */
	quiesce_keep(agent, state == QUIESCE_QUIESCING || q->kept_fd <= 0 ? QUIESCE_KEEP_FDS : QUIESCE_KEEP_STATE);
	steps_run(&q->steps);
}

int quiesce_run_hooks(struct agent *agent, const char *argument, int64_t timeout_us)
{
	bool begins = strcmp(argument, "quiesce") == 0;

	agent->snapshot->hooks.done = quiesce_step_done;
	/* Hooks of resume run after every quiesce, even if there were no hooks of quiesce. */
	agent->snapshot->quiesce.hooked = begins;
	quiesce_keep(agent, QUIESCE_KEEP_STATE);
	return hooks_run(agent, begins ? HOOKS_QUIESCE : HOOKS_RESUME, argument, timeout_us);
}

void quiesce_lower_fence(struct agent *agent)
{
	worker_go_on(agent);
	agent->snapshot->quiesce.fenced = false;
}

void quiesce_note_error(struct agent *agent, const char *what)
{
	struct quiesce *q = &agent->snapshot->quiesce;
	const struct steps *s = &q->steps;

	q->failed_step = s->failed;
	q->error = (struct reply){ .step = s->failed };
	reply_fail_errno(&q->error, s->error_number, what);
	if (s->error_number == ETIMEDOUT)
		q->error.code = ERROR_TIMED_OUT;
	reply_fail(&q->error, q->error.code, "%s: the step %s failed: %s", what, s->failed, strerror(s->error_number));
	q->error.error_number = s->error_number;
	q->error.op = what;
}
