/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the start of execs: an id, a slot in the persisted state, and the launch of the program. Never: uses an id that
 * is in use.
 */
#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_persist.h"
#include "agent/exec/persist.h"
#include "agent/protocol/reply.h"
#include "common/clock.h"
#include "common/fmt.h"

static void remember_argv(struct exec *e, const char *const *argv)
{
	size_t used = 0;

	for (; *argv; argv++) {
		size_t room = sizeof(e->argv) - used, n = strlen(*argv);

		if (room < 2) {
			e->argv_cut = true;
			return;
		}
		if (n >= room) {
			e->argv_cut = true;
			n = room - 1;
			/* The cut is not within a character of UTF-8. */
			while (n > 0 && ((unsigned char)(*argv)[n] & 0xc0) == 0x80)
				n--;
		}
		memcpy(e->argv + used, *argv, n);
		used += n + 1;
		e->argv_count++;
	}
}

/* Makes an exec with a slot in the persisted state, and inserts it into the list. */
static struct exec *exec_new(struct agent *agent, const struct exec_params *params)
{
	struct persist_slot *slot = persist_slot_take(agent);
	struct exec *e = slot ? exec_alloc(agent) : NULL;

	if (!e) {
		if (slot)
			persist_slot_free(agent, slot);
		return NULL;
	}
	e->slot = slot;
	e->grace_us = params->grace_us;
	e->ring_max = params->ring_max;
	e->tty = params->tty;
	e->block_when_unread = params->block_when_unread;
	remember_argv(e, params->plan.argv);
	e->number = ++agent->execs->next_number;
	if (params->id)
		strncpy(e->id, params->id, sizeof(e->id) - 1);
	else
		fmt_text(e->id, sizeof(e->id), "e%llu", (unsigned long long)e->number);
	/* Ids of an earlier agent may still be names of cgroups, whose processes outlived that agent. */
	while (!params->id && (exec_find(agent, e->id) || (agent->starts > 1 && cgroup_exists(agent->work_fd, e->id))))
		fmt_text(e->id, sizeof(e->id), "e%llu", (unsigned long long)(e->number = ++agent->execs->next_number));
	exec_insert(e);
	agent->execs_running++;
	agent->counters.execs_total++;
	agent->execs->persist.header->next_exec = agent->execs->next_number;
	agent->execs->persist.header->execs_total = agent->counters.execs_total;
	e->started_us = clock_boot_us();
	e->started_realtime_us = clock_us(CLOCK_REALTIME);
	/*
	 * Persisted before there is a process, so that a later agent knows the cgroup of an exec of which no host was
	 * told.
	 */
	exec_persist_new(e);
	return e;
}

struct exec *exec_start(struct agent *agent, const struct exec_params *params, struct reply *reply)
{
	enum spawn_stage stage;
	struct exec *e;
	int r;

	if (params->id && exec_find(agent, params->id)) {
		reply_fail(reply, ERROR_ALREADY_EXISTS, "id: an exec has the id %s already", params->id);
		return NULL;
	}
	if (agent->execs_running >= LIMIT_EXECS) {
		reply_fail(reply, ERROR_RESOURCE_EXHAUSTED, "%u execs run already", LIMIT_EXECS);
		return NULL;
	}
	exec_prune(agent);
	e = exec_new(agent, params);
	if (!e) {
		reply_fail_errno(reply, ENOMEM, "exec");
		return NULL;
	}
	r = exec_launch(e, params, &stage, reply);
	if (reply->failed) {
		agent->execs_running--;
		exec_free(e);
		return NULL;
	}
	if (r < 0) {
		exec_end_failed(e, stage, -r);
		return e;
	}
	for (int i = 0; i < 2; i++)
		exec_persist_output(&e->out[i]);
	exec_persist_input(e);
	exec_watch_report(e);
	if (params->timeout_us)
		loop_timer_set(&agent->loop, &e->timeout, (int64_t)params->timeout_us);
	exec_persist(e);
	return e;
}
