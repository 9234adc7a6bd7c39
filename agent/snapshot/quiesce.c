/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the state of the guest around a snapshot, and the steps of quiesce. quiesce_thaw.c has the steps of thaw,
 * resume.c those of resume.
 *
 * Never: freezes a file system before the thaw timer is set, touches a file between freezing and thawing.
 */
#include "agent/snapshot/quiesce.h"

#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/files/worker.h"
#include "agent/snapshot/quiesce_rows.h"
#include "common/cleanup.h"
#include "common/fmt.h"

static int step_fence(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->snapshot->quiesce;
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
	quiesce_end_bound(agent);
}

/* Jobs that began before the fence (mounts, network, configuration) end first: a snapshot must not have half of their effects. */
static int step_jobs(void *data)
{
	struct agent *agent = data;

	if (agent->jobs_running == 0)
		return STEP_SKIPPED;
	agent->jobs_ended = jobs_ended;
	quiesce_set_bound(agent, LIMIT_FENCE_JOBS_US);
	return STEP_LATER;
}

/* An agent started by hand must not freeze the disks of the machine that it runs on. */
static int step_find(void *data)
{
	const struct agent *agent = data;

	return agent->lifeline < 0 ? STEP_SKIPPED : quiesce_later(data, FREEZE_FIND, LIMIT_FIND_US);
}

static int step_hooks(void *data)
{
	struct agent *agent = data;
	const struct freeze_block *block = agent->snapshot->quiesce.freezer->block;

	/* Checked before the first costly step: a copy of a disk whose file system is not frozen would be useless. */
	for (uint32_t i = 0; agent->snapshot->quiesce.params.mode == QUIESCE_DISK && i < block->count; i++)
		if (block->note[i].state == FREEZE_UNREACHABLE)
			return -ESTALE;
	return quiesce_run_hooks(agent, "quiesce", agent->snapshot->quiesce.params.hook_us);
}

static int step_workload(void *data)
{
	struct agent *agent = data;

	agent->snapshot->workload.done = quiesce_step_done;
	return workload_freeze(agent, agent->snapshot->quiesce.params.freeze_us);
}

static int step_sync(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->snapshot->quiesce;

	q->freezer->block->drop_caches = q->params.mode == QUIESCE_TEMPLATE;
	return quiesce_later(agent, FREEZE_SYNC, q->params.sync_us);
}

static int step_timers(void *data)
{
	struct agent *agent = data;
	int r;

	/* With the workload frozen and no socket open, none can appear; with a socket open, a packet may still make others. */
	agent->snapshot->quiesce.no_sockets = sockets_are_none();
	/* Without this the freezer's end would happen in each clone's resume. */
	if (agent->snapshot->quiesce.freezer->block->ready == 0)
		quiesce_drop_freezer(agent);
	r = quiesce_set_expiry(agent, agent->snapshot->quiesce.params.ttl_us);

	return r < 0 ? r : quiesce_keep(agent, QUIESCE_KEEP_FDS);
}

/* The thaw timer, which was just set, bounds this step. */
static int step_freeze(void *data)
{
	const struct agent *agent = data;

	return agent->snapshot->quiesce.freezer ? quiesce_later(data, FREEZE_FREEZE, 0) : STEP_SKIPPED;
}

static const struct steps_row quiesce_steps[] = {
	{ .name = "fence", .begin = step_fence },
	{ .name = "jobs", .begin = step_jobs, .stop = stop_jobs },
	{ .name = "find", .begin = step_find, .stop = quiesce_stop_freezer },
	{ .name = "hooks", .begin = step_hooks, .stop = quiesce_stop_hooks },
	{ .name = "workload", .begin = step_workload, .stop = quiesce_stop_workload },
	{ .name = "sync", .begin = step_sync, .stop = quiesce_stop_freezer },
	{ .name = "timers", .begin = step_timers },
	{ .name = "freeze", .begin = step_freeze, .stop = quiesce_stop_freezer },
};

static void quiesce_done(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->snapshot->quiesce;

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
	struct quiesce *q = &agent->snapshot->quiesce;
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
