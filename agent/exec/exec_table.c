/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of execs: find, signal, kill, forget. Never: frees an exec that has an attached connection. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_cgroup.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/exec_persist.h"
#include "agent/exec/persist.h"
#include "common/cleanup.h"

/* The hash chain of the id: a walk over all of hundreds of execs would be a cache miss for each. */
static struct exec **chain_of(struct agent *agent, const char *id)
{
	unsigned int sum = 0;

	while (*id)
		sum = sum * 31 + (unsigned char)*id++;
	return &agent->execs->by_id[sum % EXEC_ID_CHAINS];
}

struct exec *exec_find(struct agent *agent, const char *id)
{
	for (struct exec *e = *chain_of(agent, id); e; e = e->next_by_id)
		if (strcmp(e->id, id) == 0)
			return e;
	return NULL;
}

void exec_insert(struct exec *e)
{
	struct exec **at = &e->agent->execs->newest, **chain = chain_of(e->agent, e->id);

	e->newer = NULL;
	while (*at && (*at)->number > e->number) {
		e->newer = *at;
		at = &(*at)->next;
	}
	e->next = *at;
	*at = e;
	*(e->next ? &e->next->newer : &e->agent->execs->oldest) = e;
	e->next_by_id = *chain;
	*chain = e;
}

int exec_signal(struct exec *e, int signal)
{
	if (e->launching) {
		e->early_signal = signal;
		return 0;
	}
	if (e->process.fd < 0)
		return -ESRCH;
	return syscall(SYS_pidfd_send_signal, e->process.fd, signal, NULL, 0) < 0 ? -errno : 0;
}

void exec_kill_tree(struct exec *e)
{
	int r = cgroup_kill(&e->cgroup);

	/* After the process is reaped its pid may belong to another process. */
	if (e->process.fd < 0)
		return;
	/*
	 * Without a cgroup: the program's session and process group, and the program itself, which may have left the
	 * group.
	 */
	if (r < 0)
		kill(-e->pid, SIGKILL);
	exec_signal(e, SIGKILL);
}

void exec_kill(struct exec *e)
{
	e->kill_requested = true;
	exec_persist(e);
	exec_kill_tree(e);
}

void exec_hangup(struct exec *e)
{
	if (!e->tty)
		return;
	exec_output_close(&e->out[0]);
	if (e->in.watch.fd >= 0)
		exec_input_close(e);
	exec_fds_keep_less(e);
}

void exec_free(struct exec *e)
{
	struct agent *agent = e->agent;
	struct exec **chain = chain_of(agent, e->id);

	while (*chain != e)
		chain = &(*chain)->next_by_id;
	*chain = e->next_by_id;
	*(e->newer ? &e->newer->next : &agent->execs->newest) = e->next;
	*(e->next ? &e->next->newer : &agent->execs->oldest) = e->newer;
	/* The grace is not over: its timer goes with the exec, so the remaining processes are killed now. */
	if (e->timed_out && e->timeout.due_us)
		exec_kill_tree(e);
	loop_timer_clear(&agent->loop, &e->drain);
	loop_timer_clear(&agent->loop, &e->timeout);
	loop_timer_clear(&agent->loop, &e->report_late);
	loop_timer_clear(&agent->loop, &e->hold);
	loop_close(&agent->loop, &e->process);
	loop_close(&agent->loop, &e->report);
	loop_close(&agent->loop, &e->in.watch);
	exec_ring_free(e, &e->in.ring);
	for (int i = 0; i < 2; i++) {
		loop_close(&agent->loop, &e->out[i].watch);
		exec_ring_free(e, &e->out[i].ring);
	}
	exec_fds_forget(e);
	exec_cgroup_leave(e);
	persist_slot_free(agent, e->slot);
	free(e);
}

/*
 * The oldest ended exec without attached connections; one whose output a descendant holds open is taken only if there
 * is no other.
 */
static struct exec *oldest_ended(struct agent *agent)
{
	struct exec *open = NULL;

	for (struct exec *e = agent->execs->oldest; e; e = e->newer) {
		if (e->state != EXEC_ENDED || e->readers)
			continue;
		if (e->out[0].watch.fd < 0 && e->out[1].watch.fd < 0)
			return e;
		if (!open)
			open = e;
	}
	return open;
}

void exec_prune(struct agent *agent)
{
	while (agent->execs_ended >= LIMIT_ENDED_EXECS) {
		struct exec *oldest = oldest_ended(agent);

		if (!oldest)
			return;
		agent->execs_ended--;
		agent->counters.execs_forgotten++;
		agent->execs->persist.header->execs_forgotten = agent->counters.execs_forgotten;
		exec_free(oldest);
	}
}
