/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the making of helpers, and their end. Never: leaves a helper an fd that the caller did not name. */
#include "agent/core/helper.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 3

pid_t helper_make(int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : pid;
}

/* The lowest fd of keep that is not below from; -1: none is. */
static int next_kept(const int *keep, size_t count, int from)
{
	int next = -1;

	for (size_t i = 0; i < count; i++)
		if (keep[i] >= from && (next < 0 || keep[i] < next))
			next = keep[i];
	return next;
}

static int close_others(const int *keep, size_t count)
{
	int from = FIRST_FD;

	for (int kept; (kept = next_kept(keep, count, from)) >= 0; from = kept + 1)
		if (kept > from && syscall(SYS_close_range, (unsigned int)from, (unsigned int)kept - 1, 0) < 0)
			return -errno;
	return syscall(SYS_close_range, (unsigned int)from, ~0U, 0) < 0 ? -errno : 0;
}

int helper_settle(const char *name, int death_signal, pid_t agent_pid, const int *keep, size_t count)
{
	sigset_t none;
	int r = close_others(keep, count);

	if (r < 0)
		return r;
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, death_signal);
	/* PR_SET_PDEATHSIG reports no death that came before the call. */
	if (getppid() != agent_pid)
		return -ESRCH;
	/*
	 * CLONE_CLEAR_SIGHAND has set all other signals to their default. With SIGPIPE ignored, a closed pipe is an
	 * error of write(2).
	 */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}

bool helper_reap(int pidfd, siginfo_t *ret)
{
	*ret = (siginfo_t){ 0 };
	return waitid(P_PIDFD, (id_t)pidfd, ret, WEXITED | WNOHANG) < 0 || ret->si_pid != 0;
}

void helper_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
