/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup of all execs, frozen and thawed as one. What was frozen in it by the guest itself keeps its own mark. */
#pragma once

#include <stdbool.h>

#include "agent/core/loop.h"

struct agent;

struct workload {
	struct watch events;		/* cgroup.events while we wait */
	struct timer late;
	bool held;			/* by us */
	bool frozen;			/* as far as we have seen */
	void (*done)(struct agent *agent, int r);
};

/* STEP_DONE, STEP_LATER (done() follows, -ETIMEDOUT if something in it does not stand still) or -errno. A failure keeps it held. */
int workload_freeze(struct agent *agent, int64_t within_us);

/* Nobody waits any more. */
void workload_stop_waiting(struct agent *agent);

/* After an agent that had begun to freeze it: what it finds frozen is ours. */
void workload_adopt(struct agent *agent);

/* Whoever froze it, workload_thaw() will thaw it. Whether it is frozen. */
bool workload_claim(struct agent *agent);

/* 0 or -errno. */
int workload_thaw(struct agent *agent);
