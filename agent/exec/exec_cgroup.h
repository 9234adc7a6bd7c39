/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup of an exec that has ended: removed when the last process has left, whether or not the record still exists. */
#pragma once

struct exec;

/* The exec has ended: removes its cgroup now, or when the last process has left. */
void exec_cgroup_retire(struct exec *e);

/* The exec is being freed: this module takes the cgroup over. */
void exec_cgroup_leave(struct exec *e);
