/* SPDX-License-Identifier: Apache-2.0 */
/* A request that a job serves (agent/core/job.h): the connection waits for the job's end, the loop does not. */
#pragma once

#include "agent/core/job.h"
#include "agent/server/dispatch.h"

enum job_op_gone {
	JOB_OP_GOES_ON,		/* the job runs to its end without the host */
	JOB_OP_STOPS,		/* the job is stopped when the connection is gone */
};

struct job_op_spec {
	struct job_spec job;	/* done and data are set by job_op_start() */
	enum job_op_gone when_gone;
	/*
	 * Writes the result of a job that ended well. Not called if the connection is gone, nor if the job failed, died
	 * or timed out: then the reply is an error, in which the bytes of a failed job name the object of the errno.
	 * NULL: the job's bytes are the members of the result.
	 */
	void (*answer)(const struct job_result *result, void *data, struct reply *reply);
	void *data;
};

/* For `return job_op_start(…)` in a handler. Failure to start the job is the reply. */
enum handled job_op_start(struct conn *c, const struct job_op_spec *spec, struct reply *reply);
