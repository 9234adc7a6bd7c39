/* SPDX-License-Identifier: Apache-2.0 */
/* Freezing and thawing of `work`, the cgroup of all execs. Cgroups below that the guest froze itself stay frozen after a thaw. */
#pragma once

#include <stdbool.h>

#include "agent/core/loop.h"

struct agent;

struct workload {
	struct watch events;		/* cgroup.events, while waiting for a freeze */
	struct timer late;
	bool held;			/* frozen by the agent */
	bool frozen;			/* as cgroup.events last showed */
	void (*done)(struct agent *agent, int r);
};

/* STEP_DONE, STEP_LATER (done() follows; -ETIMEDOUT: a process does not freeze) or -errno. After a failure `held` stays set. */
int workload_freeze(struct agent *agent, int64_t within_us);

/* Cancels done(). */
void workload_stop_waiting(struct agent *agent);

/* After a crash of the agent during a freeze: a frozen cgroup counts as frozen by the agent. */
void workload_adopt(struct agent *agent);

/* Makes workload_thaw() thaw the cgroup even if another program froze it. True: it is frozen. */
bool workload_claim(struct agent *agent);

/* Thaws the cgroup. 0 or -errno. */
int workload_thaw(struct agent *agent);
