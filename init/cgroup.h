/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's cgroup tree: `pith` for the agent, `work` for the programs that the agent starts. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_PITH CGROUP_ROOT "/pith"
#define CGROUP_WORK CGROUP_ROOT "/work"

/*
 * Makes both cgroups, with every controller that the kernel has. Returns false, logged, if execs cannot have cgroups. PID 1
 * itself stays at the root: moving a process costs an RCU grace period (10 ms of boot), starting one in a cgroup does not.
 */
bool cgroup_setup(void);

/* fork(), with the child in `pith` from its first instruction; if the kernel cannot do so, in PID 1's cgroup. */
pid_t cgroup_fork(void);

/* Kills all processes below `work` at once, even a fork bomb. Without `work` the call does nothing. */
void cgroup_kill_work(void);

/* Whether `work` is frozen, as for a snapshot. */
bool cgroup_work_is_frozen(void);
