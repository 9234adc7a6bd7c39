/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the runs of steps: which step is next, and the report of each.
 *
 *	waiting   after other runs, in the order of arrival
 *	running   a job does the current step; the document is decoded again after each job, as other code uses the JSON arena too
 *
 * Never: blocks, stops at a failed step.
 */
#include "agent/config/configure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config_steps.h"
#include "agent/config/configuration.h"
#include "agent/config/entrypoint.h"
#include "agent/core/agent.h"
#include "agent/core/job.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "agent/mounts/mounting.h"
#include "agent/protocol/config.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/boot_timeline.h"
#include "agent/server/dial_host.h"
#include "agent/server/server.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"

struct config_run {
	struct op op;			/* conn is NULL at boot, and after the connection has ended */
	struct config_run *next;
	struct agent *agent;
	bool at_boot;
	struct buf todo;
	struct buf steps;		/* results of the steps: items of JSON */
	size_t failed;
	size_t at;			/* index of the current step */
	const char *step;		/* name of the current step */
	char target[64];		/* of a mount: the beginning of its target */
};

/* Indexes of steps; the steps after STEP_MOUNTS begin after the last mount. */
enum { STEP_NETWORK, STEP_SYSCTLS, STEP_MOUNTS };

struct step {
	const char *name;
	int (*run)(void *arg, int out_fd);
	void *arg;
	uint64_t timeout_ms;
};

static void go_on(struct config_run *run);

static void on_gone(struct op *op)
{
	/* A run that has begun is finished without its connection. */
	op->conn = NULL;
}

static const struct op_class class = { .gone = on_gone };

static void tell_errno(struct buf *b, const struct config_run *run, const struct job_result *result)
{
	char message[REPLY_MESSAGE_SIZE];

	jsonw_string(b, "errno", errno_name(result->error_number));
	/* What other steps write are members of the answer. */
	job_failure_text(result, run->target[0] ? JOB_OUT_IS_SUBJECT : JOB_OUT_IS_DATA, message, sizeof(message));
	jsonw_string(b, "message", message);
	log_line("configuration: %s%s%s: %s", run->step, run->target[0] ? " " : "", run->target, message);
}

static void note(struct config_run *run, const struct job_result *result)
{
	struct buf *b = &run->steps;
	bool is_mount = run->target[0], ok = result->outcome == JOB_DONE;

	jsonw_object(b, NULL);
	jsonw_string(b, "step", run->step);
	jsonw_bool(b, "ok", ok);
	jsonw_count(b, "us", result->wall_us);
	if (is_mount && !ok)
		jsonw_string(b, "target", run->target);
	if (!ok) {
		run->failed++;
		tell_errno(b, run, result);
	}
	/* The output of a failed mount is the message, which tell_errno() wrote; other jobs have written members. */
	if (!result->out_cut && (ok || (!is_mount && result->outcome == JOB_FAILED)))
		jsonw_members(b, result->out, result->out_len);
	jsonw_object_end(b);
}

static void on_step(const struct job_result *result, void *data)
{
	struct config_run *run = data;

	note(run, result);
	run->at++;
	go_on(run);
}

/* Finds the step run->at; false after the last one. ret->run is NULL if the document has nothing for the step. */
static bool find_step(struct config_run *run, struct config_config *config, struct step *ret)
{
	size_t users = STEP_MOUNTS + config->f_mounts.count;

	*ret = (struct step){ .arg = config, .timeout_ms = LIMIT_STEP_MS };
	run->target[0] = '\0';
	if (run->at == STEP_NETWORK) {
		ret->name = "network";
		if (config->f_network || config->f_hostname || config->f_hosts.key || config->f_dns)
			ret->run = config_step_network;
	} else if (run->at == STEP_SYSCTLS) {
		ret->name = "sysctls";
		if (config->f_sysctls.count)
			ret->run = config_step_sysctls;
	} else if (run->at < users) {
		static struct config_mount mount;

		mount = config->f_mounts.item[run->at - STEP_MOUNTS];
		ret->name = "mount";
		ret->run = mounting_run;
		fmt_text(run->target, sizeof(run->target), "%s", mount.f_target);
		ret->arg = &mount;
		ret->timeout_ms = mounting_timeout_ms(&mount);
	} else if (run->at == users) {
		ret->name = "users";
		if (config->f_users.count)
			ret->run = config_step_users;
	} else {
		return false;
	}
	return true;
}

static void answer(struct config_run *run)
{
	struct reply reply;

	if (!run->op.conn)
		return;
	dispatch_begin(&run->op, &reply);
	jsonw_array(reply.result, "steps");
	jsonw_members(reply.result, run->steps.data, run->steps.len);
	jsonw_array_end(reply.result);
	jsonw_count(reply.result, "failed", run->failed);
	dispatch_finish(&run->op, &reply);
}

/* names_main: the document sets the program of `main`. */
static void finish(struct config_run *run, bool names_main)
{
	struct agent *agent = run->agent;

	if (run->at_boot)
		boot_timeline_add(agent, "configuration", clock_boot_us());
	entrypoint_consider(agent, names_main);
	if (run->at_boot && agent->config->entrypoint.state != ENTRYPOINT_NONE)
		boot_timeline_add(agent, "entrypoint", clock_boot_us());
	agent->config->runs = run->next;
	agent->configuring = agent->config->runs;
	if (run->at_boot) {
		agent->config->steps = run->steps;
		agent->configuration_failed = run->failed;
		run->steps = (struct buf){ 0 };
		dial_host_again(agent, DIAL_HOST_READY);
	}
	answer(run);
	buf_deinit(&run->todo);
	buf_deinit(&run->steps);
	free(run);
	if (agent->config->runs)
		go_on(agent->config->runs);
}

static void go_on(struct config_run *run)
{
	static struct config_config config;
	/* Decoded again after each job: other code uses the JSON arena too. */
	bool decoded = configuration_decode(&run->todo, &config);
	struct step step;

	while (decoded && find_step(run, &config, &step)) {
		struct job_result refused = { .outcome = JOB_FAILED };
		struct job_spec job = { .done = on_step, .data = run };
		int r;

		run->step = step.name;
		job.name = step.name;
		job.run = step.run;
		job.arg = step.arg;
		job.timeout_ms = step.timeout_ms;
		r = step.run ? job_start(run->agent, &job) : 0;
		if (r == 0 && step.run)
			return;
		if (r < 0) {
			refused.error_number = -r;
			note(run, &refused);
		}
		run->at++;
	}
	finish(run, decoded && (config.f_entrypoint.item || config.f_cmd.item));
}

static struct config_run *run_new(struct agent *agent, struct buf *todo)
{
	struct config_run *run = calloc(1, sizeof(*run)), **at = &agent->config->runs;

	if (!run)
		return NULL;
	run->op.class = &class;
	run->agent = agent;
	run->todo = *todo;
	run->steps = BUF_INIT(LIMIT_STEPS_BYTES);
	while (*at)
		at = &(*at)->next;
	*at = run;
	agent->configuring = true;
	return run;
}

static size_t count_runs(const struct agent *agent)
{
	size_t count = 0;

	for (const struct config_run *run = agent->config->runs; run; run = run->next)
		count++;
	return count;
}

void configure_boot(struct agent *agent)
{
	const struct buf *effective = &agent->config->configuration.effective;
	struct buf todo = BUF_INIT(FRAME_JSON_MAX);
	struct config_run *run = NULL;

	configuration_init(agent);
	if (agent->config->configuration.restored)
		entrypoint_restore(agent);
	/* An empty document has no step. */
	if (agent->config->configuration.restored || effective->len <= strlen("{}")) {
		if (!agent->config->configuration.restored)
			entrypoint_consider(agent, false);
		dial_host_again(agent, DIAL_HOST_READY);
		return;
	}
	buf_append(&todo, effective->data, effective->len);
	if (!todo.failed)
		run = run_new(agent, &todo);
	if (!run) {
		log_line("configuration: %s", strerror(ENOMEM));
		buf_deinit(&todo);
		dial_host_again(agent, DIAL_HOST_READY);
		return;
	}
	run->at_boot = true;
	dial_host_later(agent, DIAL_HOST_READY, LIMIT_NOTIFY_CONFIGURATION_US);
	go_on(run);
}

enum handled configure_start(struct conn *c, struct buf *todo, struct reply *reply)
{
	struct config_run *run = NULL;
	bool busy = c->agent->configuring;

	if (count_runs(c->agent) >= LIMIT_CONFIGURES)
		reply_fail(reply, ERROR_BUSY, "%u configurations wait already", LIMIT_CONFIGURES);
	else
		run = run_new(c->agent, todo);
	if (!run) {
		if (!reply->failed)
			reply_fail_errno(reply, ENOMEM, "configure");
		buf_deinit(todo);
		return HANDLED_NOW;
	}
	run->op.conn = c;
	c->op = &run->op;
	if (!busy)
		go_on(run);
	return HANDLED_LATER;
}

static struct config instance;

void configure_init(struct agent *agent)
{
	const struct configuration *c = &instance.configuration;

	instance.agent = agent;
	agent->config = &instance;
	agent->execs->defaults = (struct exec_defaults){ .env = &c->env, .user = c->user, .workdir = c->workdir };
	agent->execs->on_end = entrypoint_ended;
}
