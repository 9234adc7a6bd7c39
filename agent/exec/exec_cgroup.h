/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup of an exec that has ended: it goes when the last process has left it, whatever became of the record. */
#pragma once

struct exec;

/* The exec has ended: removes its cgroup now, or when its last process is gone. */
void exec_cgroup_retire(struct exec *e);

/* The exec itself goes: its cgroup is on its own. */
void exec_cgroup_leave(struct exec *e);
