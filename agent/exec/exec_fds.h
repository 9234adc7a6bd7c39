/* SPDX-License-Identifier: Apache-2.0 */
/* What of an exec PID 1 keeps: its pidfd and its streams. */
#pragma once

#include <stdbool.h>

struct agent;
struct exec;
struct fdstore_entry;

/* PID 1 has it, and whoever asks may be told that the program runs. False: PID 1 is behind; its readers are woken later. */
bool exec_fds_keep(struct exec *e);

/* Something of it was closed: PID 1 must close it too, or the program would not see it. */
void exec_fds_keep_less(struct exec *e);

/* It is gone. */
void exec_fds_forget(struct exec *e);

/* What came back. */
void exec_fds_take(struct exec *e, struct fdstore_entry *stored);

/* The lifeline has room again. */
void exec_fds_retry(struct agent *agent);
