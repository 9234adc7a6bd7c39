/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the fds of execs in the fd store. Never: waits for PID 1. */
#include "agent/exec/exec_fds.h"

#include <errno.h>

#include "agent/core/agent.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "common/cleanup.h"

/* The fds of an exec's entry in the fd store; the flags say which are there, in this order. */
enum { KEPT_PROCESS, KEPT_OUT, KEPT_ERR, KEPT_IN, KEPT_COUNT };

static void list_fds(struct exec *e, int *ret[KEPT_COUNT])
{
	ret[KEPT_PROCESS] = &e->process.fd;
	ret[KEPT_OUT] = &e->out[0].watch.fd;
	ret[KEPT_ERR] = &e->out[1].watch.fd;
	ret[KEPT_IN] = &e->in.watch.fd;
}

static void put(struct exec *e)
{
	int *all[KEPT_COUNT], fds[KEPT_COUNT], r;
	unsigned int count = 0;
	uint32_t tag = 0;

	list_fds(e, all);
	for (int i = 0; i < KEPT_COUNT; i++) {
		if (*all[i] < 0)
			continue;
		fds[count++] = *all[i];
		tag |= 1u << i;
	}
	e->keep_due = false;
	if (count == 0) {
		exec_fds_forget(e);
		return;
	}
	r = fdstore_put(e->agent, store_key(STORE_EXEC, e->number), e->process.fd >= 0 ? e->pid : 0, tag, fds, count);
	e->kept = true;
	e->keep_due = r == -EAGAIN;
	if (r < 0 && !e->keep_due)
		log_line("%s would not survive a crash of the agent: errno %d", e->id, -r);
}

bool exec_fds_keep(struct exec *e)
{
	if (!e->kept && e->state != EXEC_ENDED)
		put(e);
	return !e->keep_due;
}

void exec_fds_keep_less(struct exec *e)
{
	if (e->kept)
		put(e);
}

void exec_fds_forget(struct exec *e)
{
	if (e->kept)
		fdstore_drop(e->agent, store_key(STORE_EXEC, e->number));
	e->kept = e->keep_due = false;
}

void exec_fds_take(struct exec *e, struct fdstore_entry *stored)
{
	int *all[KEPT_COUNT];
	unsigned int at = 0;

	list_fds(e, all);
	for (unsigned int i = 0; i < KEPT_COUNT && at < stored->fd_count; i++)
		if (stored->give.tag >> i & 1)
			*all[i] = take_fd(&stored->fds[at++]);
	stored->taken = true;
	e->kept = true;
}

void exec_fds_retry(struct agent *agent)
{
	for (struct exec *e = agent->execs->newest; e; e = e->next) {
		if (!e->keep_due)
			continue;
		put(e);
		exec_readers_wake(e);
	}
}
