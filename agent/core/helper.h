/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A helper: a copy of the agent for work that may block or crash, and that needs the agent's memory. The agent holds
 * the helper's pidfd and goes on.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Returns the pid in the agent, 0 in the helper, or -errno. The helper has no signal handler. *ret_pidfd is CLOEXEC,
 * and written in the agent only.
 */
pid_t helper_make(int *ret_pidfd);

/*
 * The first call in the helper: sets its name, death_signal for the death of the agent, an empty signal mask, SIGPIPE
 * ignored, and closes all fds but 0 to 2 and those of keep, which may have any order. 0, or -errno: then the helper
 * must exit.
 */
int helper_settle(const char *name, int death_signal, pid_t agent_pid, const int *keep, size_t count);

/* True: the child of the pidfd has ended and is reaped, and *ret says how it ended (zeros, if the kernel cannot say). */
bool helper_reap(int pidfd, siginfo_t *ret);

/* Kills and reaps a helper that was just made, and so cannot hang in the kernel. */
void helper_kill(pid_t pid);
