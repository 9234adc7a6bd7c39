/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the state of the guest around a snapshot, the steps of quiesce and thaw, the time, and those who wait. resume.c has the steps of
 * resume.
 *
 * Never: leaves something frozen without a timer that thaws it, freezes a file system before that timer is set, touches a file between
 * freezing and thawing.
 */
#include "quiesce.h"

#include <errno.h>
#include <string.h>

#include "agent.h"
#include "cleanup.h"
#include "clock.h"
#include "fmt.h"
#include "limits.h"
#include "log.h"
#include "worker.h"

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

/* The freezer takes too long. */
static void on_bound(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, quiesce.bound);
	struct steps *s = &agent->quiesce.steps;

	quiesce_drop_freezer(agent);
	steps_ended(s, -ETIMEDOUT);
}

static int later(struct agent *agent, enum freeze_command command, int64_t within_us)
{
	int r = freezer_command(agent->quiesce.freezer, command);

	if (r < 0)
		return r;
	agent->quiesce.bound.fn = on_bound;
	if (within_us)
		loop_timer_set(&agent->loop, &agent->quiesce.bound, within_us);
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
	int r = quiesce_set_expiry(agent, agent->quiesce.params.ttl_us);

	return r < 0 ? r : quiesce_keep(agent, QUIESCE_KEEP_FDS);
}

/* Its bound is the time that was just set. */
static int step_freeze(void *data)
{
	return later(data, FREEZE_FREEZE, 0);
}

static const struct steps_row quiesce_steps[] = {
	{ .name = "fence", .begin = step_fence },
	{ .name = "find", .begin = step_find, .stop = quiesce_stop_freezer },
	{ .name = "hooks", .begin = step_hooks, .stop = quiesce_stop_hooks },
	{ .name = "workload", .begin = step_workload, .stop = stop_workload },
	{ .name = "sync", .begin = step_sync, .stop = quiesce_stop_freezer },
	{ .name = "timers", .begin = step_timers },
	{ .name = "freeze", .begin = step_freeze, .stop = quiesce_stop_freezer },
};

/* ---- the steps of thaw, each of which looks at what there is ---- */

int quiesce_step_thaw(void *data)
{
	struct agent *agent = data;

	if (!freezer_holds(agent->quiesce.freezer))
		return STEP_SKIPPED;
	return later(agent, FREEZE_THAW, LIMIT_THAW_US);
}

static const char *reason(const struct agent *agent)
{
	return agent->quiesce.last == LAST_TIMEOUT ? "timeout" : "thaw";
}

static int undo_hooks(void *data)
{
	struct agent *agent = data;

	if (!agent->quiesce.hooked || agent->quiesce.keep_workload)
		return STEP_SKIPPED;
	return quiesce_run_hooks(agent, reason(agent), agent->quiesce.params.hook_us);
}

static int undo_workload(void *data)
{
	struct agent *agent = data;

	if (!agent->workload.held || agent->quiesce.keep_workload)
		return STEP_SKIPPED;
	return workload_thaw(agent);
}

static int undo_fence(void *data)
{
	struct agent *agent = data;

	if (!agent->quiesce.fenced || agent->quiesce.keep_workload)
		return STEP_SKIPPED;
	quiesce_lower_fence(agent);
	return 0;
}

static const struct steps_row thaw_steps[] = {
	{ .name = "filesystems", .begin = quiesce_step_thaw, .stop = quiesce_stop_freezer, .always = true },
	{ .name = "hooks", .begin = undo_hooks, .stop = quiesce_stop_hooks, .always = true },
	{ .name = "workload", .begin = undo_workload, .always = true },
	{ .name = "fence", .begin = undo_fence, .always = true },
};

/* ---- rows ---- */

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
	quiesce_keep(agent, state == QUIESCE_QUIESCING ? QUIESCE_KEEP_FDS : QUIESCE_KEEP_STATE);
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

static void thaw_done(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->quiesce;

	quiesce_end(agent, q->keep_workload ? QUIESCE_HELD : QUIESCE_RUNNING);
	if (q->keep_workload && !q->unknown_passed && q->params.on_timeout == QUIESCE_LATER && !quiesce_was_restored(agent)) {
		quiesce_set_expiry(agent, LIMIT_UNKNOWN_US);
	}
}

void quiesce_undo(struct agent *agent, enum quiesce_last why)
{
	struct quiesce *q = &agent->quiesce;

	quiesce_clear_expiry(agent);
	q->thaws++;
	q->steps.may_fail = NULL;
	q->steps.done = thaw_done;
	quiesce_run(agent, QUIESCE_THAWING, why, thaw_steps, ARRAY_SIZE(thaw_steps));
}

bool quiesce_was_restored(const struct agent *agent)
{
	return restore_since(agent, &agent->quiesce.mark) == RESTORE_YES;
}

/* Nobody came back. File systems are thawed in any case; the workload only where it is nobody's clone. */
static void on_expiry(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, quiesce.expiry);
	struct quiesce *q = &agent->quiesce;
	bool begun = q->state == QUIESCE_QUIESCED || q->state == QUIESCE_HELD;
	enum restore_answer restored = restore_since(agent, &q->mark);

	q->unknown_passed = q->state == QUIESCE_HELD;
	q->keep_workload = begun && (restored == RESTORE_YES ||
				     (restored == RESTORE_UNKNOWN && q->params.on_timeout != QUIESCE_THAW && !q->unknown_passed));
	q->auto_thaws += !q->unknown_passed;
	if (!begun) {
		q->error = (struct reply){ .op = "quiesce", .step = "freeze" };
		reply_fail(&q->error, ERROR_TIMED_OUT, "quiesce: the file systems were not frozen before the time was over");
	}
	log_line("quiesce: the time is over: %s", q->keep_workload ? "file systems thaw, the workload waits" : "all goes on");
	restore_look(agent);
	quiesce_undo(agent, LAST_TIMEOUT);
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

int quiesce_set_expiry(struct agent *agent, int64_t ttl_us)
{
	struct quiesce *q = &agent->quiesce;

	q->expiry.fn = on_expiry;
	q->expires_us = clock_boot_us() + ttl_us;
	loop_timer_set(&agent->loop, &q->expiry, ttl_us);
	return quiesce_tell_expiry(agent, ttl_us);
}

void quiesce_clear_expiry(struct agent *agent)
{
	loop_timer_clear(&agent->loop, &agent->quiesce.expiry);
	agent->quiesce.expires_us = 0;
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
	q->keep_workload = q->unknown_passed = q->hooked = false;
	q->answer.len = q->resume_answer.len = 0;
	q->failed_step = NULL;
	hooks_forget(agent);
	q->steps.may_fail = NULL;
	q->steps.done = quiesce_done;
	quiesce_run(agent, QUIESCE_QUIESCING, LAST_QUIESCE, quiesce_steps, ARRAY_SIZE(quiesce_steps));
	return true;
}

bool quiesce_thaw(struct agent *agent, struct conn *c, enum quiesce_last why)
{
	struct quiesce *q = &agent->quiesce;

	if (q->state == QUIESCE_RUNNING)
		return false;
	if (c)
		quiesce_add_waiter(agent, c, LAST_THAW);
	q->keep_workload = false;
	if (q->state == QUIESCE_THAWING)
		return true;
	if (q->state == QUIESCE_QUIESCING) {
		q->error = (struct reply){ .op = "quiesce" };
		reply_fail(&q->error, ERROR_BUSY, "quiesce: another request thawed the guest meanwhile");
		q->id[0] = '\0';
	}
	quiesce_undo(agent, why);
	return true;
}

void quiesce_give_up(struct agent *agent)
{
	struct quiesce *q = &agent->quiesce;

	if (q->state == QUIESCE_RUNNING || (q->state == QUIESCE_THAWING && !q->keep_workload))
		return;
	q->keep_workload = false;
	quiesce_undo(agent, LAST_THAW);
}
