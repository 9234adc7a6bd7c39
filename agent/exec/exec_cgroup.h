/* SPDX-License-Identifier: Apache-2.0 */
/* The leaf of an exec that has ended: it goes when the last process has left it, whatever became of the record. */
#pragma once

struct exec;

/* The exec has ended: removes its leaf now, or when its last process is gone. */
void exec_leaf_retire(struct exec *e);

/* The exec itself goes: its leaf is on its own. */
void exec_leaf_leave(struct exec *e);
