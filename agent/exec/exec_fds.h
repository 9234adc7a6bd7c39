/* SPDX-License-Identifier: Apache-2.0 */
/* The fds of an exec in PID 1's fd store: its pidfd and its streams. */
#pragma once

#include <stdbool.h>

struct agent;
struct exec;
struct fdstore_entry;

/*
 * True: PID 1 has the fds, so the host may be told that the program runs. False: the lifeline is full; the readers are
 * woken later.
 */
bool exec_fds_keep(struct exec *e);

/* An fd of the exec was closed: PID 1 must close its copy too, or the program would not see the end. */
void exec_fds_keep_less(struct exec *e);

/* The exec is freed: drops its fds from the fd store. */
void exec_fds_forget(struct exec *e);

/* Takes the exec's fds of the agent before. */
void exec_fds_take(struct exec *e, struct fdstore_entry *stored);

/* The lifeline has room again: puts the fds that were refused. */
void exec_fds_retry(struct agent *agent);
