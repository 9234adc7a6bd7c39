/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and pids that all execs together must leave to the agent, PID 1 and the kernel. */
#pragma once

#include <stdint.h>

/*
 * Sets memory.max and pids.max of the cgroup `work`, and memory.min of the agent's cgroup beside it. total_bytes is the
 * guest's memory. Controllers that the kernel does not have are left out.
 */
void cgroup_reserve_apply(int work_fd, uint64_t total_bytes);
