/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's cgroup tree: `pith` for the agent, `work` for what the agent runs. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_PITH CGROUP_ROOT "/pith"
#define CGROUP_WORK CGROUP_ROOT "/work"

/*
 * Makes both, with every controller that the kernel has. Returns false, logged, if execs cannot have cgroups. PID 1 itself
 * stays at the root: to move a process costs the kernel a grace period (10 ms of boot), to start one in its place does not.
 */
bool cgroup_setup(void);

/* fork(), with the child in `pith` from its first instruction, or where PID 1 is if that cannot be. */
pid_t cgroup_fork(void);

/* Kills everything below `work` at once, even a fork bomb. No `work`, nothing happens. */
void cgroup_kill_work(void);

/* Whether `work` is frozen, as for a snapshot. */
bool cgroup_work_is_frozen(void);
