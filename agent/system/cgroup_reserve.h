/* SPDX-License-Identifier: Apache-2.0 */
/* What all execs together must leave to the agent, PID 1 and the kernel. */
#pragma once

#include <stdint.h>

/*
 * Bounds the work cgroup: memory.max and pids.max; protects the agent's own (beside it) by memory.min. total_bytes is the guest's
 * memory. What this kernel has no controller for is left out.
 */
void cgroup_reserve_apply(int work_fd, uint64_t total_bytes);
