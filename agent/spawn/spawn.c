/* SPDX-License-Identifier: Apache-2.0 */
/* Owns clone3(2) of a program's child, without the launcher. Never: waits for the child. */
#include "agent/spawn/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

static const char *const stage_names[] = {
#define S(name) [SPAWN_##name] = #name,
	SPAWN_STAGES(S)
#undef S
};

const char *spawn_stage_name(enum spawn_stage stage)
{
	return stage_names[stage];
}

const char *spawn_stage_text(enum spawn_stage stage)
{
	switch (stage) {
	case SPAWN_pipe:
		return "the program's pipes or terminal cannot be made";
	case SPAWN_cgroup:
		return "the program's cgroup cannot be made";
	case SPAWN_clone:
		return "the program's process cannot be made";
	case SPAWN_stdio:
		return "the program's streams cannot be set up";
	case SPAWN_limits:
		return "the program's limits cannot be set";
	case SPAWN_user:
		return "no such user or group, or no right to change to this user";
	case SPAWN_cwd:
		return "the program's working directory cannot be entered";
	case SPAWN_lookup:
		return "no such program in PATH";
	case SPAWN_exec:
		return "the program cannot be run";
	case SPAWN_interpreter:
		return "the program exists, but its interpreter or loader does not";
	}
	return "unknown";
}

/* Returns 0 in the child. */
static pid_t clone_child(int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int spawn(const struct spawn_plan *plan, pid_t *ret_pid, int *ret_pidfd, int *ret_report_fd, enum spawn_stage *ret_stage)
{
	_cleanup_close_ int report_in = -1, report_out = -1;
	int fds[2], pidfd = -1;
	pid_t pid;

	*ret_stage = SPAWN_pipe;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	report_in = fds[0];
	report_out = fds[1];
	if (fcntl(report_in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;

	pid = clone_child(plan->cgroup_fd, &pidfd);
	if (pid < 0) {
		*ret_stage = SPAWN_clone;
		return -errno;
	}
	if (pid == 0)
		spawn_child(plan, report_out, NULL);
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	*ret_report_fd = take_fd(&report_in);
	return 0;
}
