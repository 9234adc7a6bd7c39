/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the launcher's side: one launch at a time, from message to pidfd.
 *
 * Never: allocates, waits for a child (the agent reaps), outlives the agent.
 */
#include "agent/spawn/launcher.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/core/pass_fds.h"
#include "agent/spawn/launcher_block.h"
#include "common/cleanup.h"

/*
 * clone3(2) without a function around the call: the child runs on the launcher's stack while the launcher stands still,
 * and must not return through a stack frame that the launcher still needs.
 */
static inline __attribute__((always_inline)) long clone3_inline(const struct clone_args *args)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_clone3), "D"(args), "S"(sizeof(*args)) : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long result __asm__("x0") = (long)args;
	register long size __asm__("x1") = sizeof(*args);
	register long number __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc 0" : "+r"(result) : "r"(size), "r"(number) : "memory");
	return result;
#else
	(void)args;
	return -ENOSYS;
#endif
}

/* Returns in the launcher only, after the child's execve(2) or end. */
static __attribute__((noinline)) long vfork_child(struct launcher_block *block, const struct clone_args *args)
{
	long result = clone3_inline(args);

	if (result == 0)
		spawn_child(&block->plan, -1, &block->report);
	return result;
}

/* Writes the outcome to the block; *ret_pidfd is the pidfd or -1. */
static void launch(struct launcher_block *block, const int fds[LAUNCHER_FDS], int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
	};
	long pid;

	memcpy(block->plan.stdio, fds, sizeof(block->plan.stdio));
	if (block->plan.cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)fds[LAUNCHER_FDS - 1];
	}
	block->report = (struct spawn_report){ 0 };
	block->pid = 0;
	pid = vfork_child(block, &args);
	if (pid < 0) {
		/* On an error the kernel may have written the number of an fd that it closed again. */
		*ret_pidfd = -1;
		block->report = (struct spawn_report){ .error_number = (int32_t)-pid, .stage = SPAWN_clone };
		return;
	}
	block->pid = (pid_t)pid;
}

_Noreturn void launcher_main(int socket_fd, struct launcher_block *block)
{
	int fds[LAUNCHER_FDS];
	size_t count;
	char byte;

	prctl(PR_SET_NAME, "pith-launcher");
	while (pass_fds_receive(socket_fd, &byte, 1, fds, LAUNCHER_FDS, &count, 0) > 0) {
		int pidfd = -1;

		launch(block, fds, &pidfd);
		for (size_t i = 0; i < count; i++)
			close_fd(&fds[i]);
		if (pass_fds_send(socket_fd, "", 1, &pidfd, pidfd >= 0) < 0)
			break;
		close_fd(&pidfd);
	}
	_exit(0);
}
