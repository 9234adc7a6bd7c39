/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the agent that goes its own way: what may block or crash, and needs what the agent knows. The agent holds its pidfd and
 * goes on.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The pid; 0 in the copy, which has no signal handler; or -errno. *ret_pidfd is CLOEXEC, and written in the agent only. */
pid_t helper_make(int *ret_pidfd);

/*
 * The first act of the copy: a name, death with the agent by that signal, no signal blocked, SIGPIPE ignored, and no fd but 0 to 2 and
 * those of keep, in any order. 0, or -errno: then the copy must end.
 */
int helper_settle(const char *name, int death_signal, pid_t agent_pid, const int *keep, size_t count);

/* A child that is known by its pidfd: has it ended? Then it is reaped, and *ret says how; zeros, if the kernel cannot tell. */
bool helper_reap(int pidfd, siginfo_t *ret);

/* Ends a copy that has hardly begun, and so hangs nowhere. */
void helper_kill(pid_t pid);
