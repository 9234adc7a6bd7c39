/* SPDX-License-Identifier: Apache-2.0 */
/* A request that a job does (agent/core/job.h): the connection waits for its end, the loop does not. */
#pragma once

#include "agent/core/job.h"
#include "agent/server/dispatch.h"

enum job_op_gone {
	JOB_OP_GOES_ON,		/* also without the host that asked for it: what was begun is done wholly */
	JOB_OP_STOPS,		/* nobody wants to know any more */
};

struct job_op_spec {
	struct job_spec job;	/* done and data are set by job_op_start() */
	enum job_op_gone when_gone;
	/*
	 * The job ended well: writes its answer. Not called when the connection is gone, nor when the job failed, died or was late:
	 * those are errors, told here, with a failed job's bytes as what its errno is about. May be NULL: the job's bytes are the members
	 * of the result.
	 */
	void (*answer)(const struct job_result *result, void *data, struct reply *reply);
	void *data;
};

/* For `return job_op_start(…)` of a handler. */
enum handled job_op_start(struct conn *c, const struct job_op_spec *spec, struct reply *reply);
