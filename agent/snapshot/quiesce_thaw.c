/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the end of a quiesce: the steps of thaw, each of which checks what there is to undo, and the thaw timer that
 * starts them.
 *
 * Never: leaves a file system frozen without a thaw timer; thaws a workload that may belong to a clone.
 */
#include "agent/snapshot/quiesce.h"

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/snapshot/quiesce_rows.h"
#include "common/cleanup.h"
#include "common/clock.h"

static const char *reason(const struct agent *agent)
{
	return agent->snapshot->quiesce.last == LAST_TIMEOUT ? "timeout" : "thaw";
}

static int undo_hooks(void *data)
{
	struct agent *agent = data;

	if (!agent->snapshot->quiesce.hooked || agent->snapshot->quiesce.keep_workload)
		return STEP_SKIPPED;
	return quiesce_run_hooks(agent, reason(agent), agent->snapshot->quiesce.params.hook_us);
}

static int undo_workload(void *data)
{
	struct agent *agent = data;

	if (!agent->snapshot->workload.held || agent->snapshot->quiesce.keep_workload)
		return STEP_SKIPPED;
	return workload_thaw(agent);
}

static int undo_fence(void *data)
{
	struct agent *agent = data;

	if (!agent->snapshot->quiesce.fenced || agent->snapshot->quiesce.keep_workload)
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

static void thaw_done(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->snapshot->quiesce;

	quiesce_end(agent, q->keep_workload ? QUIESCE_HELD : QUIESCE_RUNNING);
	if (q->keep_workload && !q->unknown_passed && q->params.on_timeout == QUIESCE_LATER && !quiesce_was_restored(agent)) {
		quiesce_set_expiry(agent, LIMIT_UNKNOWN_US);
	}
}

void quiesce_undo(struct agent *agent, enum quiesce_last why)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	quiesce_clear_expiry(agent);
	q->thaws++;
	q->steps.may_fail = NULL;
	q->steps.done = thaw_done;
	quiesce_run(agent, QUIESCE_THAWING, why, thaw_steps, ARRAY_SIZE(thaw_steps));
}

/* The thaw timer is over. File systems are thawed in any case; the workload only if this guest cannot be a clone. */
static void on_expiry(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct snapshot, quiesce.expiry)->agent;
	struct quiesce *q = &agent->snapshot->quiesce;
	bool begun = q->state == QUIESCE_QUIESCED || q->state == QUIESCE_HELD;
	enum restore_answer restored = restore_since(agent, &q->mark);

	q->unknown_passed = q->state == QUIESCE_HELD;
	q->keep_workload = begun && (restored == RESTORE_YES ||
				     (restored == RESTORE_UNKNOWN && q->params.on_timeout != QUIESCE_THAW && !q->unknown_passed));
	q->auto_thaws += !q->unknown_passed;
	if (!begun) {
		q->error = (struct reply){ .op = "quiesce", .step = "freeze" };
		reply_fail(&q->error, ERROR_TIMED_OUT, "quiesce: the file systems were not frozen within the time limit");
	}
	log_line("quiesce: the time is over: %s", q->keep_workload ? "file systems are thawed, the workload waits" : "all goes on");
	restore_look(agent);
	quiesce_undo(agent, LAST_TIMEOUT);
}

int quiesce_set_expiry(struct agent *agent, int64_t ttl_us)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	q->expiry.fn = on_expiry;
	q->expires_us = clock_boot_us() + ttl_us;
	loop_timer_set(&agent->loop, &q->expiry, ttl_us);
	return quiesce_tell_expiry(agent, ttl_us);
}

void quiesce_clear_expiry(struct agent *agent)
{
	loop_timer_clear(&agent->loop, &agent->snapshot->quiesce.expiry);
	agent->snapshot->quiesce.expires_us = 0;
}

bool quiesce_thaw(struct agent *agent, struct conn *c, enum quiesce_last why)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	if (q->state == QUIESCE_RUNNING)
		return false;
	if (c)
		quiesce_add_waiter(agent, c, LAST_THAW);
	q->keep_workload = false;
	if (q->state == QUIESCE_THAWING)
		return true;
	if (q->state == QUIESCE_QUIESCING) {
		q->error = (struct reply){ .op = "quiesce" };
		reply_fail(&q->error, ERROR_BUSY, "quiesce: another request thawed the guest");
		q->id[0] = '\0';
	}
	quiesce_undo(agent, why);
	return true;
}

void quiesce_give_up(struct agent *agent)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	if (q->state == QUIESCE_RUNNING || (q->state == QUIESCE_THAWING && !q->keep_workload))
		return;
	q->keep_workload = false;
	quiesce_undo(agent, LAST_THAW);
}
