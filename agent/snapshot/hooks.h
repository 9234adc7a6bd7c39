/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: programs of the image that the agent runs around a snapshot. They are the executable files of a directory, in
 * the order of their names, one at a time, each with a time limit. docs/reference/protocol.md, section 7.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/core/loop.h"
#include "agent/spawn/cgroup.h"

#define HOOKS_QUIESCE "/etc/pith/quiesce.d"
#define HOOKS_RESUME "/etc/pith/resume.d"
#define HOOKS_MAX 32
#define HOOK_NAME_SIZE 64
#define HOOK_OUTPUT_SIZE 2048
#define HOOK_OPTIONAL ".optional"

struct agent;
struct buf;

struct hook {
	char name[HOOK_NAME_SIZE];
	int error_number;	/* 0; ETIMEDOUT; ECANCELED; the errno of execve() */
	int status;		/* exit code; 128 + N after signal N */
	uint32_t us;
	uint16_t output_len;
	bool ran;
	char output[HOOK_OUTPUT_SIZE];
};

struct hooks {
	struct hook *list;		/* of the last run; NULL: no hooks */
	size_t count, at;
	char path[sizeof(HOOKS_QUIESCE) + 1 + HOOK_NAME_SIZE];
	const char *directory, *argument;
	int64_t timeout_us, began_us;
	struct watch process, output;
	struct timer late;
	struct cgroup cgroup;		/* of the running hook; fd -1 without cgroups */
	unsigned int first_leaf, next_leaf;	/* numbers of cgroups that may still exist */
	int report_fd;
	void (*done)(struct agent *agent, int r);
};

/*
 * Runs all hooks of the directory. STEP_SKIPPED: no hooks. STEP_LATER: done() follows, with 0 or the errno of the first
 * hook that failed without being optional. Or -errno.
 */
int hooks_run(struct agent *agent, const char *directory, const char *argument, int64_t timeout_us);

/* Kills the running hook; done() is not called. */
void hooks_stop(struct agent *agent);

/* Frees the results of the last run. */
void hooks_forget(struct agent *agent);

/* Writes the member hooks. */
void hooks_write(const struct hooks *hooks, struct buf *b);
