/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the step of resume that mounts: one job after the other for each mount, so that one that hangs costs only its
 * own time limit. A failed mount does not stop the next ones, and the reply has each result; the step fails with the
 * first failure.
 *
 * Never: mounts what is mounted already.
 */
#include "agent/snapshot/resume.h"
#include "agent/snapshot/resume_plan.h"

#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/job.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/core/steps.h"
#include "agent/mounts/mounting.h"
#include "agent/protocol/file_info.h"
#include "agent/protocol/jsonw.h"
#include "agent/snapshot/quiesce.h"
#include "common/fmt.h"

static int mount_next(struct agent *agent);

/* result->out has the members of a mount that succeeded, or the text of the error. */
static void note(struct buf *b, const char *target, const struct job_result *result)
{
	char message[REPLY_MESSAGE_SIZE];

	jsonw_object(b, NULL);
	if (result->outcome == JOB_DONE) {
		jsonw_members(b, result->out, result->out_len);
	} else {
		job_failure_text(result, JOB_OUT_IS_SUBJECT, message, sizeof(message));
		file_write_name(b, "target", target);
		jsonw_string(b, "errno", errno_name(result->error_number));
		jsonw_string(b, "message", message);
		log_line("resume: mount of %s: %s", target, message);
	}
	jsonw_object_end(b);
}

static void done(const struct job_result *result, void *data)
{
	struct agent *agent = data;
	struct resume_params *p = &agent->snapshot->quiesce.resume;
	int r;

	/* The resume was stopped, so the other mounts are not tried. */
	if (result->outcome == JOB_STOPPED)
		return;
	note(&p->mounts_report, p->mount_target, result);
	if (result->outcome != JOB_DONE && p->mount_error == 0)
		p->mount_error = result->error_number;
	p->mounts_tried++;
	r = mount_next(agent);
	if (r != STEP_LATER)
		steps_ended(&agent->snapshot->quiesce.steps, r);
}

/* Starts the next mount. STEP_LATER: done() continues. Otherwise the step's result: no mount is left, or no job could be started. */
static int mount_next(struct agent *agent)
{
	static struct config_mount mount;
	struct resume_params *p = &agent->snapshot->quiesce.resume;
	struct job_spec job = { .name = "pith-mount", .run = mounting_run, .arg = &mount, .done = done, .data = agent };
	struct config_mount_list list;
	struct reply unused = { 0 };
	struct request request;
	int r;

	if (!resume_plan_decode(agent, &request) || !resume_plan_mounts(&request.as.resume, &list, &unused))
		return -ENOMEM;
	if (list.count == 0)
		return STEP_SKIPPED;
	if (p->mounts_tried >= list.count)
		return -p->mount_error;
	mount = list.item[p->mounts_tried];
	fmt_text(p->mount_target, sizeof(p->mount_target), "%s", mount.f_target);
	job.timeout_ms = mounting_timeout_ms(&mount);
	r = job_start(agent, &job);
	return r < 0 ? r : STEP_LATER;
}

int resume_step_mounts(void *data)
{
	struct agent *agent = data;

	agent->snapshot->quiesce.resume.mounts_report = BUF_INIT(LIMIT_STEPS_BYTES);
	return mount_next(agent);
}
