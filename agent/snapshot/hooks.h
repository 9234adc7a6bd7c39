/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of the image that are called around a quiesce: the executable files of a directory, in the order of their names, one at a time,
 * each with a bound. docs/reference/protocol.md, section 7.
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
struct hook_dying;

struct hook {
	char name[HOOK_NAME_SIZE];
	int error_number;	/* 0; ETIMEDOUT; ECANCELED; that of execve() */
	int status;		/* as of its exit; 128 + N of a signal */
	uint32_t us;
	uint16_t output_len;
	bool ran;
	char output[HOOK_OUTPUT_SIZE];
};

struct hooks {
	struct hook *list;		/* of the last run, NULL: there were none */
	size_t count, at;
	char path[sizeof(HOOKS_QUIESCE) + 1 + HOOK_NAME_SIZE];
	const char *directory, *argument;
	int64_t timeout_us, began_us;
	struct watch process, output;
	struct timer late;
	struct cgroup cgroup;		/* of the hook at hand; -1 where it can not be had */
	unsigned int first_leaf, next_leaf;	/* those that may still be there */
	int report_fd;
	struct hook_dying *dying;	/* killed and not reaped yet */
	void (*done)(struct agent *agent, int r);
};

/*
 * Calls all: STEP_SKIPPED if there are none, STEP_LATER (done() follows: 0, or the errno of the first that was needed and failed) or
 * -errno.
 */
int hooks_run(struct agent *agent, const char *directory, const char *argument, int64_t timeout_us);

/* The one at hand is killed, and done() is not called. */
void hooks_stop(struct agent *agent);

/* What is known of the last run is forgotten. */
void hooks_forget(struct agent *agent);

/* The member hooks. */
void hooks_write(const struct hooks *hooks, struct buf *b);
