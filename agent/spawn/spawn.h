/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a program without waiting for its execve(): a binary on a hung file system must not stop the loop. The child
 * reports through a pipe; the pipe's end without a word is success.
 *
 * The child is a copy of the agent (no CLONE_VM, no CLONE_VFORK). What may block or go wrong with files of the guest (the
 * user database, the working directory, the search in PATH) happens in it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define SPAWN_STAGES(S) \
	S(pipe) \
	S(cgroup) \
	S(clone) \
	S(stdio) \
	S(limits) \
	S(user) \
	S(cwd) \
	S(lookup) \
	S(exec) \
	S(interpreter)

enum spawn_stage {
#define S(name) SPAWN_##name,
	SPAWN_STAGES(S)
#undef S
};

#define SPAWN_STAGE_COUNT (SPAWN_interpreter + 1)

/* What the child writes to the pipe when it fails: one write, below PIPE_BUF. */
struct spawn_report {
	int32_t error_number;
	int32_t stage;
};

#define SPAWN_RLIMITS 17	/* those of a request, and ours before them */
/* Free entries that envp must have before its NULL: the child fills in HOME, USER, LOGNAME and SHELL. */
#define SPAWN_ENV_SPARE 4

struct spawn_rlimit {
	int resource;
	struct rlimit limit;
};

struct spawn_plan {
	const char *const *argv;
	const char **envp;
	size_t env_count;
	bool user_env;			/* fill in what envp lacks of HOME, USER, LOGNAME and SHELL */
	const char *path;		/* PATH for a name without a slash */
	const char *cwd;		/* NULL: the user's home, or / */
	const char *user;		/* users_resolve(); NULL: stay uid 0 */
	int stdio[3];			/* blocking, above 3 */
	bool tty;			/* stdio[0] becomes the controlling terminal */
	int cgroup_fd;			/* -1: stay in the agent's cgroup */
	struct spawn_rlimit rlimits[SPAWN_RLIMITS];
	size_t rlimit_count;
	mode_t umask;
	int nice;
	bool set_oom_score;
	int oom_score_adj;
	bool no_new_privs;
	bool drop_capabilities;		/* all but kept_capabilities (bit n: capability n) leave the bounding set */
	uint64_t kept_capabilities;
};

/*
 * 0 and the pid, a pidfd and the reading end of the report pipe (both CLOEXEC, the pipe O_NONBLOCK, the caller's to close);
 * or -errno and *ret_stage.
 */
int spawn(const struct spawn_plan *plan, pid_t *ret_pid, int *ret_pidfd, int *ret_report_fd, enum spawn_stage *ret_stage);

/*
 * What the child does. A failure is told to report_fd, or, if that is -1, in *report: a child of vfork shares our memory.
 */
_Noreturn void spawn_child(const struct spawn_plan *plan, int report_fd, struct spawn_report *report);

const char *spawn_stage_name(enum spawn_stage stage);
/* What it means that the stage failed, to be followed by the errno's text. */
const char *spawn_stage_text(enum spawn_stage stage);
