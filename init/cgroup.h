/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's cgroup tree: `pith` for PID 1 and the agent, `work` for what the agent runs. */
#pragma once

#include <stdbool.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_PITH CGROUP_ROOT "/pith"
#define CGROUP_WORK CGROUP_ROOT "/work"

/*
 * Makes both, with every controller that the kernel has, and moves PID 1 into `pith`; its children are born there. Returns
 * false, logged, if execs cannot have cgroups.
 */
bool cgroup_setup(void);

/* Kills everything below `work` at once, even a fork bomb. No `work`, nothing happens. */
void cgroup_kill_work(void);
