/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the state of the guest around a snapshot, the steps of quiesce, and what all rows of steps have in common. quiesce_thaw.c has the
 * way back, resume.c the steps of resume.
 *
 * Never: freezes a file system before the timer that thaws it is set, touches a file between freezing and thawing.
 */
#include "agent/snapshot/quiesce.h"

#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/files/worker.h"
#include "common/cleanup.h"
#include "common/fmt.h"

static void end_bound(struct agent *agent)
{
	loop_timer_clear(&agent->loop, &agent->quiesce.bound);
}

void quiesce_freezer_done(struct agent *agent, int r)
{
	end_bound(agent);
	steps_ended(&agent->quiesce.steps, r);
}

static void workload_done(struct agent *agent, int r)
{
	steps_ended(&agent->quiesce.steps, r);
}

static void hooks_done(struct agent *agent, int r)
{
	steps_ended(&agent->quiesce.steps, r);
}

/* The step takes too long; without a freezer nothing can be frozen either. */
static void on_bound(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, quiesce.bound);
	struct steps *s = &agent->quiesce.steps;

	agent->jobs_ended = NULL;
	quiesce_drop_freezer(agent);
	steps_ended(s, -ETIMEDOUT);
}

static void set_bound(struct agent *agent, int64_t within_us)
{
	agent->quiesce.bound.fn = on_bound;
	loop_timer_set(&agent->loop, &agent->quiesce.bound, within_us);
}

static int later(struct agent *agent, enum freeze_command command, int64_t within_us)
{
	int r = freezer_command(agent->quiesce.freezer, command);

	if (r < 0)
		return r;
	if (within_us)
		set_bound(agent, within_us);
	return STEP_LATER;
}

void quiesce_drop_freezer(struct agent *agent)
{
	struct quiesce *q = &agent->quiesce;

	if (!q->freezer)
		return;
	memcpy(&q->notes, q->freezer->block, sizeof(q->notes));
	freezer_abandon(q->freezer);
	q->freezer = NULL;
}

/* What is under way is answered when nobody listens; a thaw that follows waits for it. */
void quiesce_stop_freezer(void *data)
{
	end_bound(data);
}

void quiesce_stop_hooks(void *data)
{
	hooks_stop(data);
}

static void stop_workload(void *data)
{
	workload_stop_waiting(data);
}

/* ---- the steps of quiesce ---- */

static int step_fence(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->quiesce;
	int r = 0;

	q->fenced = true;
	q->last_connection = agent->counters.connections_total;
	worker_stand_still(agent);
	q->freezer = freezer_new(agent, quiesce_freezer_done, NULL, NULL, &r);
	return r;
}

static void jobs_ended(struct agent *agent)
{
	agent->jobs_ended = NULL;
	quiesce_freezer_done(agent, 0);
}

static void stop_jobs(void *data)
{
	struct agent *agent = data;

	agent->jobs_ended = NULL;
	end_bound(agent);
}

/* Mounts, networks and configurations that were begun before the fence: what they do behind it would be half in a snapshot. */
static int step_jobs(void *data)
{
	struct agent *agent = data;

	if (agent->jobs_running == 0)
		return STEP_SKIPPED;
	agent->jobs_ended = jobs_ended;
	set_bound(agent, LIMIT_FENCE_JOBS_US);
	return STEP_LATER;
}

/* An agent that was started by hand does not own the machine that it runs on: it freezes no disk of it. */
static int step_find(void *data)
{
	const struct agent *agent = data;

	return agent->lifeline < 0 ? STEP_SKIPPED : later(data, FREEZE_FIND, LIMIT_FIND_US);
}

static int step_hooks(void *data)
{
	struct agent *agent = data;
	const struct freeze_block *block = agent->quiesce.freezer->block;

	/* Before anything of it costs something: a copy of a disk that goes on would be worth nothing. */
	for (uint32_t i = 0; agent->quiesce.params.mode == QUIESCE_DISK && i < block->count; i++)
		if (block->note[i].state == FREEZE_UNREACHABLE)
			return -ESTALE;
	return quiesce_run_hooks(agent, "quiesce", agent->quiesce.params.hook_us);
}

static int step_workload(void *data)
{
	struct agent *agent = data;

	agent->workload.done = workload_done;
	return workload_freeze(agent, agent->quiesce.params.freeze_us);
}

static int step_sync(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->quiesce;

	q->freezer->block->drop_caches = q->params.mode == QUIESCE_TEMPLATE;
	return later(agent, FREEZE_SYNC, q->params.sync_us);
}

static int step_timers(void *data)
{
	struct agent *agent = data;
	int r;

	/* Nothing new comes to those that stand still. With a socket there, a packet may still make others. */
	agent->quiesce.no_sockets = sockets_are_none();
	/* Its end, a copy of the agent's, would be in each clone's resume otherwise. */
	if (agent->quiesce.freezer->block->ready == 0)
		quiesce_drop_freezer(agent);
	r = quiesce_set_expiry(agent, agent->quiesce.params.ttl_us);

	return r < 0 ? r : quiesce_keep(agent, QUIESCE_KEEP_FDS);
}

/* Its bound is the time that was just set. */
static int step_freeze(void *data)
{
	const struct agent *agent = data;

	return agent->quiesce.freezer ? later(data, FREEZE_FREEZE, 0) : STEP_SKIPPED;
}

static const struct steps_row quiesce_steps[] = {
	{ .name = "fence", .begin = step_fence },
	{ .name = "jobs", .begin = step_jobs, .stop = stop_jobs },
	{ .name = "find", .begin = step_find, .stop = quiesce_stop_freezer },
	{ .name = "hooks", .begin = step_hooks, .stop = quiesce_stop_hooks },
	{ .name = "workload", .begin = step_workload, .stop = stop_workload },
	{ .name = "sync", .begin = step_sync, .stop = quiesce_stop_freezer },
	{ .name = "timers", .begin = step_timers },
	{ .name = "freeze", .begin = step_freeze, .stop = quiesce_stop_freezer },
};

/* ---- what rows have in common ---- */

int quiesce_step_thaw(void *data)
{
	struct agent *agent = data;

	if (!freezer_holds(agent->quiesce.freezer))
		return STEP_SKIPPED;
	return later(agent, FREEZE_THAW, LIMIT_THAW_US);
}

void quiesce_run(struct agent *agent, enum quiesce_state state, enum quiesce_last last, const struct steps_row *rows, size_t count)
{
	struct quiesce *q = &agent->quiesce;

	steps_stop(&q->steps);
	end_bound(agent);
	q->state = state;
	q->last = last;
	q->steps.rows = rows;
	q->steps.count = count;
	q->steps.data = agent;
	/* Before the first step: whatever becomes of this agent, the next one knows what to undo. */
	quiesce_keep(agent, state == QUIESCE_QUIESCING || q->kept_fd <= 0 ? QUIESCE_KEEP_FDS : QUIESCE_KEEP_STATE);
	steps_run(&q->steps);
}

int quiesce_run_hooks(struct agent *agent, const char *argument, int64_t timeout_us)
{
	bool begins = strcmp(argument, "quiesce") == 0;

	agent->hooks.done = hooks_done;
	/* Those of resume are called after every quiesce, also where there was nothing to call before it. */
	agent->quiesce.hooked = begins;
	quiesce_keep(agent, QUIESCE_KEEP_STATE);
	return hooks_run(agent, begins ? HOOKS_QUIESCE : HOOKS_RESUME, argument, timeout_us);
}

void quiesce_lower_fence(struct agent *agent)
{
	worker_go_on(agent);
	agent->quiesce.fenced = false;
}

void quiesce_note_error(struct agent *agent, const char *what)
{
	struct quiesce *q = &agent->quiesce;
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

static void quiesce_done(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->quiesce;

	if (q->steps.failed) {
		quiesce_note_error(agent, "quiesce");
		q->id[0] = '\0';
		quiesce_undo(agent, LAST_QUIESCE);
		return;
	}
	q->quiesces++;
	quiesce_make_answer(agent);
	quiesce_end(agent, QUIESCE_QUIESCED);
}

bool quiesce_begin(struct agent *agent, struct conn *c, const struct quiesce_params *params, struct reply *reply)
{
	struct quiesce *q = &agent->quiesce;
	int r = generation_make(q->token);

	if (r < 0)
		return reply_fail_errno(reply, -r, "token");
	if (!quiesce_add_waiter(agent, c, LAST_QUIESCE))
		return reply_fail_errno(reply, ENOMEM, "quiesce");
	q->params = *params;
	fmt_text(q->id, sizeof(q->id), "%s", params->id ? params->id : "");
	memcpy(q->generation, agent->generation, sizeof(q->generation));
	q->mark = restore_mark(agent, true);
	q->keep_workload = q->unknown_passed = q->hooked = q->no_sockets = false;
	q->answer.len = q->resume_answer.len = 0;
	q->failed_step = NULL;
	hooks_forget(agent);
	q->steps.may_fail = NULL;
	q->steps.done = quiesce_done;
	quiesce_run(agent, QUIESCE_QUIESCING, LAST_QUIESCE, quiesce_steps, ARRAY_SIZE(quiesce_steps));
	return true;
}
