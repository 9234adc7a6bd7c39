/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that agent and launcher share, at the same address in both: so the pointers of a plan hold in both. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/spawn/spawn.h"

/* A request's JSON, what env_set set, and the pointers to 8,192 of them: no job is larger. */
#define LAUNCHER_TEXT_BYTES (768u << 10)
/* stdin, stdout, stderr, the cgroup. */
#define LAUNCHER_FDS 4

struct launcher_block {
	struct spawn_plan plan;		/* its fds are those that come with the message */
	struct spawn_report report;	/* error_number 0: the program runs */
	pid_t pid;			/* 0: there is no process */
	size_t used;
	char text[LAUNCHER_TEXT_BYTES];
};
