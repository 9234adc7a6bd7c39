/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the state that all execs share, and the callbacks from PID 1. Never: starts or ends an exec. */
#include "agent/core/agent.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_io.h"

static struct execs execs;

/* PID 1 reaped a process that an earlier agent started. */
static void on_exited(struct agent *agent, const struct lifeline_give *give)
{
	for (struct exec *e = agent->execs->newest; e; e = e->next) {
		if (store_key(STORE_EXEC, e->number) != give->key)
			continue;
		exec_reaped(e, give);
		return;
	}
}

void execs_init(struct agent *agent, size_t rings_max)
{
	execs.agent = agent;
	execs.rings_max = rings_max;
	execs.memory_again.fn = exec_memory_again;
	agent->store.on_exited = on_exited;
	agent->store.on_room = exec_fds_retry;
	agent->execs = &execs;
}
