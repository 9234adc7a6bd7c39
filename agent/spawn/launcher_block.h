/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that the agent and the launcher share, at the same address in both, so that the pointers of a plan are valid
 * in both.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/spawn/spawn.h"

/* The JSON of a request, the variables of env_set, and the pointers to 8,192 strings: no plan is larger. */
#define LAUNCHER_TEXT_BYTES (768u << 10)
/* stdin, stdout, stderr, the cgroup. */
#define LAUNCHER_FDS 4

struct launcher_block {
	struct spawn_plan plan;		/* its fds are replaced by those of the message */
	struct spawn_report report;	/* error_number 0: the program runs */
	pid_t pid;			/* 0: there is no process */
	size_t used;
	char text[LAUNCHER_TEXT_BYTES];
};
