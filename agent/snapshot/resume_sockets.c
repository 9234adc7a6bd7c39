/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the step of resume that ends foreign connections: a job, if there may be any.
 *
 * Never: forks if /proc shows that there is no foreign connection.
 */
#include "agent/snapshot/resume.h"
#include "agent/snapshot/resume_plan.h"

#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/job.h"
#include "agent/core/limits.h"
#include "agent/core/steps.h"
#include "agent/network/sockets.h"
#include "agent/snapshot/quiesce.h"
#include "common/io.h"

static int run(void *arg, int out_fd)
{
	struct sockets_result result;
	int r = sockets_destroy(&result);

	(void)arg;
	io_write(out_fd, &result, sizeof(result));
	return r;
}

static void done(const struct job_result *result, void *data)
{
	struct agent *agent = data;
	struct sockets_result *counts = &agent->snapshot->quiesce.resume.sockets;

	if (result->out_len == sizeof(*counts))
		memcpy(counts, result->out, sizeof(*counts));
	steps_ended(&agent->snapshot->quiesce.steps, -result->error_number);
}

int resume_step_sockets(void *data)
{
	struct agent *agent = data;
	const struct job_spec job = { .name = "pith-sockets", .run = run, .timeout_ms = LIMIT_IDENTITY_MS, .done = done, .data = agent };
	struct request request;
	int r;

	if (!resume_plan_decode(agent, &request))
		return -ENOMEM;
	if (request.as.resume.f_sockets && strcmp(request.as.resume.f_sockets, "keep") == 0)
		return STEP_SKIPPED;
	/* An agent started by hand must not end connections of the machine that it runs on. */
	if (agent->lifeline < 0)
		return STEP_SKIPPED;
	if (agent->snapshot->quiesce.no_sockets || !sockets_may_be_foreign())
		return STEP_DONE;
	r = job_start(agent, &job);
	return r < 0 ? r : STEP_LATER;
}

void resume_stop_job(void *data)
{
	job_stop(data, data);
}
