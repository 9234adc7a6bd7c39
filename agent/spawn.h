/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a program without waiting for its execve(): a binary on a hung file system must not stop the loop. The child
 * reports through a pipe; the pipe's end without a word is success.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define SPAWN_STAGES(S) \
	S(pipe) \
	S(cgroup) \
	S(clone) \
	S(stdio) \
	S(cwd) \
	S(lookup) \
	S(exec) \
	S(interpreter)

enum spawn_stage {
#define S(name) SPAWN_##name,
	SPAWN_STAGES(S)
#undef S
};

/* What the child writes to the pipe when it fails: one write, below PIPE_BUF. */
struct spawn_report {
	int32_t error_number;
	int32_t stage;
};

struct spawn_plan {
	const char *const *argv;
	const char *const *envp;
	const char *path;		/* PATH for a name without a slash */
	const char *cwd;
	int stdio[3];			/* blocking, above 2 */
	int cgroup_fd;			/* -1: stay in the agent's cgroup */
	struct rlimit nofile;		/* the agent's own is higher */
	bool reset_oom_score;		/* the agent is protected, its children are not */
};

/*
 * 0 and the pid, a pidfd and the reading end of the report pipe (both CLOEXEC, the pipe O_NONBLOCK, the caller's to close);
 * or -errno and *ret_stage.
 */
int spawn(const struct spawn_plan *plan, pid_t *ret_pid, int *ret_pidfd, int *ret_report_fd, enum spawn_stage *ret_stage);

const char *spawn_stage_name(enum spawn_stage stage);
