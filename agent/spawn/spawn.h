/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a program without waiting for its execve(2): a binary on a hung file system must not stop the loop. The child
 * reports a failure through the report pipe; a report pipe that ends without a byte means success.
 *
 * The child is a copy of the agent (no CLONE_VM, no CLONE_VFORK). What may block or fail on files of the guest (the
 * user database, the working directory, the search in PATH) happens in the child.
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

/* The child's report of a failure, sent with one write(2) of less than PIPE_BUF bytes. */
struct spawn_report {
	int32_t error_number;
	int32_t stage;
};

#define SPAWN_RLIMITS 17	/* the 16 of a request, after RLIMIT_NOFILE of the agent's start */
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
	bool user_env;			/* the child adds those of HOME, USER, LOGNAME and SHELL that envp lacks */
	const char *path;		/* PATH to search for a program whose name has no slash */
	const char *cwd;		/* NULL: the user's home, or / */
	const char *user;		/* users_resolve(); NULL: stay uid 0 */
	int stdio[3];			/* blocking; all fds are above 3 */
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
 * Clones the child. 0 and the child's pid, its pidfd and the reading end of its report pipe (both are the caller's to
 * close, and CLOEXEC; the pipe is O_NONBLOCK); or -errno and *ret_stage.
 */
int spawn(const struct spawn_plan *plan, pid_t *ret_pid, int *ret_pidfd, int *ret_report_fd, enum spawn_stage *ret_stage);

/*
 * The child's steps up to execve(2). A failure is written to report_fd, or, if report_fd is -1, to *report: a child of
 * vfork shares memory with its parent.
 */
_Noreturn void spawn_child(const struct spawn_plan *plan, int report_fd, struct spawn_report *report);

const char *spawn_stage_name(enum spawn_stage stage);
/* A sentence for the failure of the stage; the errno's text follows the sentence in messages. */
const char *spawn_stage_text(enum spawn_stage stage);
