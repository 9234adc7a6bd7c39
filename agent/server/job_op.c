/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the operation between a job and the connection that asked for the job. The operation lives until the job has
 * ended, even if the connection is gone.
 *
 * Never: replies twice, waits.
 */
#include "agent/server/job_op.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/core/agent.h"
#include "agent/protocol/jsonw.h"
#include "common/cleanup.h"
#include "common/fmt.h"

struct job_op {
	struct op op;	/* op.conn is NULL when the connection is gone */
	struct agent *agent;
	enum job_op_gone when_gone;
	void (*answer)(const struct job_result *result, void *data, struct reply *reply);
	void *data;
};

static void on_gone(struct op *op)
{
	struct job_op *j = container_of(op, struct job_op, op);

	op->conn = NULL;
	if (j->when_gone == JOB_OP_STOPS)
		job_stop(j->agent, j);
}

static const struct op_class class = { .gone = on_gone };

/* The bytes of a failed job name the object of the errno. */
static void fail(const struct job_result *result, struct reply *reply)
{
	char about[REPLY_MESSAGE_SIZE];

	if (result->out_len)
		fmt_text(about, sizeof(about), "%s: %.*s", result->name, (int)result->out_len, (const char *)result->out);
	reply_fail_errno(reply, result->error_number, result->out_len ? about : result->name);
}

static void write_answer(const struct job_op *j, const struct job_result *result, struct reply *reply)
{
	char why[REPLY_MESSAGE_SIZE];

	switch (result->outcome) {
	case JOB_DONE:
		if (j->answer)
			j->answer(result, j->data, reply);
		else if (result->out_cut)
			reply_fail(reply, ERROR_INTERNAL, "%s: the result is too large", result->name);
		else
			jsonw_members(reply->result, result->out, result->out_len);
		return;
	case JOB_FAILED:
		fail(result, reply);
		return;
	case JOB_TIMED_OUT:
	case JOB_DIED:
	case JOB_STOPPED:
		job_failure_text(result, JOB_OUT_IS_DATA, why, sizeof(why));
		reply_fail(reply, result->outcome == JOB_TIMED_OUT ? ERROR_TIMED_OUT : ERROR_INTERNAL, "%s: %s", result->name, why);
		return;
	}
}

static void on_done(const struct job_result *result, void *data)
{
	struct job_op *j = data;
	struct reply reply;

	if (j->op.conn) {
		dispatch_begin(&j->op, &reply);
		write_answer(j, result, &reply);
		dispatch_finish(&j->op, &reply);
	}
	free(j);
}

enum handled job_op_start(struct conn *c, const struct job_op_spec *spec, struct reply *reply)
{
	struct job_op *j = malloc(sizeof(*j));
	struct job_spec job = spec->job;
	int r = -ENOMEM;

	if (j) {
		*j = (struct job_op){ { &class, c }, c->agent, spec->when_gone, spec->answer, spec->data };
		job.done = on_done;
		job.data = j;
		r = job_start(c->agent, &job);
	}
	if (r < 0) {
		free(j);
		reply_fail_errno(reply, -r, job.name);
		return HANDLED_NOW;
	}
	c->op = &j->op;
	return HANDLED_LATER;
}
