/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the steps of resume in their order: the workload runs last, after entropy, clock, names and network.
 *
 * Never: thaws the workload after a step failed that is not optional, leaves a file system frozen for a failed step.
 * resume_identity.c has the step that touches files.
 */
#include "agent/snapshot/resume.h"
#include "agent/snapshot/resume_plan.h"

#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/exec/handle_exec.h"
#include "agent/files/worker.h"
#include "agent/protocol/request.h"
#include "agent/server/conn.h"
#include "agent/snapshot/clock_step.h"
#include "agent/snapshot/entropy.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/quiesce_rows.h"
#include "common/cleanup.h"
#include "common/clock.h"

/* After a restore without a quiesce: the workload is frozen, so that as little as possible runs during the resume. */
static int step_hold(void *data)
{
	struct agent *agent = data;

	if (agent->snapshot->workload.frozen || agent->work_fd < 0)
		return STEP_SKIPPED;
	workload_stop_waiting(agent);
	agent->snapshot->workload.done = quiesce_step_done;
	return workload_freeze(agent, LIMIT_RESUME_HOLD_US);
}

static int step_entropy(void *data)
{
	struct request request;

	if (!resume_plan_decode(data, &request))
		return -ENOMEM;
	return entropy_add(request.as.resume.f_entropy);
}

static int step_clock(void *data)
{
	struct agent *agent = data;
	struct resume_params *p = &agent->snapshot->quiesce.resume;
	int64_t now = clock_boot_us();
	int64_t host = (int64_t)p->realtime_us + (int64_t)p->round_trip_us / 2 + (now - p->received_us);
	int64_t off = host - clock_us(CLOCK_REALTIME);
	int r;

	if (off <= LIMIT_CLOCK_OFF_US && off >= -LIMIT_CLOCK_OFF_US)
		return STEP_DONE;
	/* An agent started by hand must not set the clock of the machine that it runs on. */
	if (agent->lifeline < 0)
		return -EPERM;
	r = clock_step(host);
	if (r == 0)
		p->clock_step_us = off;
	return r;
}

static int step_env(void *data)
{
	struct request request;

	if (!resume_plan_decode(data, &request))
		return -ENOMEM;
	if (!request.as.resume.f_env.key)
		return STEP_SKIPPED;
	return handle_exec_set_env(data, &request.as.resume.f_env);
}

static int step_hooks(void *data)
{
	struct agent *agent = data;

	return quiesce_run_hooks(agent, "resume", agent->snapshot->quiesce.resume.hook_us);
}

static int step_generation(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->snapshot->quiesce;
	int r = generation_make(q->resume.generation);

	if (r == 0 && agent->lifeline >= 0)
		r = generation_publish(q->resume.generation);
	if (r < 0)
		return r;
	memcpy(agent->generation, q->resume.generation, sizeof(agent->generation));
	/* In a clone the other ends of old connections may belong to another VM. */
	if (q->resume.was_quiesced) {
		q->resume.connections_closed = agent->workers_running + conn_close_older(agent, q->last_connection);
		worker_stop_all(agent);
	}
	restore_settle(agent);
	return 0;
}

static int step_workload(void *data)
{
	struct agent *agent = data;
	int r = workload_thaw(agent);

	if (r == 0)
		quiesce_lower_fence(agent);
	return r;
}

static const struct steps_row resume_steps[] = {
	{ .name = "hold", .begin = step_hold, .stop = quiesce_stop_workload },
	{ .name = "entropy", .begin = step_entropy },
	{ .name = "clock", .begin = step_clock },
	{ .name = "filesystems", .begin = quiesce_step_thaw, .stop = quiesce_stop_freezer, .always = true },
	{ .name = "sockets", .begin = resume_step_sockets, .stop = resume_stop_job },
	{ .name = "identity", .begin = resume_step_identity, .stop = resume_stop_job },
	{ .name = "mounts", .begin = resume_step_mounts, .stop = resume_stop_job },
	{ .name = "env", .begin = step_env },
	{ .name = "hooks", .begin = step_hooks, .stop = quiesce_stop_hooks },
	{ .name = "generation", .begin = step_generation },
	{ .name = "workload", .begin = step_workload },
};

bool resume_is_step(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(resume_steps); i++)
		if (strcmp(resume_steps[i].name, name) == 0)
			return true;
	return resume_is_identity(name);
}

static bool may_fail(void *data, const char *name)
{
	struct agent *agent = data;
	struct request request;

	/* With force, and for hold, a failure does not end the row: what can be frozen is frozen. */
	if (agent->snapshot->quiesce.resume.force || strcmp(name, "hold") == 0)
		return true;
	if (!resume_plan_decode(agent, &request))
		return false;
	for (size_t i = 0; i < request.as.resume.f_optional.count; i++)
		if (strcmp(request.as.resume.f_optional.item[i], name) == 0)
			return true;
	return false;
}

static void done(void *data)
{
	struct agent *agent = data;
	struct quiesce *q = &agent->snapshot->quiesce;

	buf_deinit(&q->resume.request);
	q->resume_failed = q->steps.failed != NULL;
	if (q->resume_failed) {
		log_line("resume: the step %s failed: %s; the workload waits", q->steps.failed, strerror(q->steps.error_number));
		quiesce_note_error(agent, "resume");
		quiesce_end(agent, QUIESCE_HELD);
		return;
	}
	q->resumes++;
	q->token[0] = '\0';
	q->hooked = false;
	quiesce_make_resume_answer(agent);
	quiesce_end(agent, QUIESCE_RUNNING);
}

bool resume_begin(struct agent *agent, struct conn *c, struct resume_params *params, struct reply *reply)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	if (!quiesce_add_waiter(agent, c, LAST_RESUME)) {
		buf_deinit(&params->request);
		return reply_fail_errno(reply, ENOMEM, "resume");
	}
	if (q->state == QUIESCE_QUIESCING) {
		q->error = (struct reply){ .op = "quiesce" };
		reply_fail(&q->error, ERROR_BUSY, "quiesce: a resume took its place");
		quiesce_answer(agent, LAST_QUIESCE);
	}
	/* True for another attempt after a failed resume too. */
	params->was_quiesced = q->fenced;
	buf_deinit(&q->resume.request);
	buf_deinit(&q->resume.network_report);
	buf_deinit(&q->resume.mounts_report);
	q->resume = *params;
	quiesce_clear_expiry(agent);
	q->keep_workload = false;
	q->failed_step = NULL;
	hooks_forget(agent);
	q->steps.may_fail = may_fail;
	q->steps.done = done;
	quiesce_run(agent, QUIESCE_RESUMING, LAST_RESUME, resume_steps, ARRAY_SIZE(resume_steps));
	return true;
}
