/* SPDX-License-Identifier: Apache-2.0 */
/* The agent as a process: its binary, its start, and PID 1's end of the lifeline. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "init/cmdline.h"
#include "init/timeline.h"

/* 64 MiB: a sanitizer build fits, and a wrong file does not fill the guest's memory. */
#define LAUNCH_BINARY_MAX (64u << 20)

/* Options that PID 1 passes on to the agent unchanged. */
#define LAUNCH_WORDS 4
#define LAUNCH_WORD_SIZE (sizeof("PITH_HOSTNAME=") + sizeof(struct option_word))

struct launch_word {
	const char *name;	/* of the agent's environment variable */
	const char *value;	/* "" if the option was not given */
};

struct launch {
	const char *path;		/* of the agent's binary */
	const struct timeline *timeline;
	struct launch_word words[LAUNCH_WORDS];
	int listener_fd;		/* or negative */
	bool has_work;			/* the cgroup `work` exists */
	int binary_fd;			/* sealed memfd, -1 until the file was read */
	int next_fd;			/* the binary of an upgrade, until the old agent hands over; or -1 */
	int previous_fd;		/* the binary before an upgrade, until the new agent is ready; or -1 */
	struct rlimit nofile;		/* the agent's RLIMIT_NOFILE */
	int lifeline_fd;		/* PID 1's end, NONBLOCK, -1 while there is no agent */
	pid_t pid;			/* 0 while there is no agent */
};

#define LAUNCH_INIT { .listener_fd = -1, .binary_fd = -1, .next_fd = -1, .previous_fd = -1, .lifeline_fd = -1 }

/* Reads the binary into a sealed memfd, once; later calls do nothing. Returns 0 or -errno. */
int launch_load(struct launch *l);

/*
 * Starts the agent; starts is the number of this start in this boot. Returns 0, or -errno without a process or fds left. If the
 * binary cannot be executed, the child logs the error and ends, like an agent that crashes at once.
 */
int launch_spawn(struct launch *l, uint32_t starts);

/* Call after the agent was reaped. */
void launch_forget(struct launch *l);

/* Keeps the binary of an upgrade for launch_switch(). Consumes fd. False if fd lacks the seals against changes. */
bool launch_offer(struct launch *l, int fd);

/* The next start uses the offered binary. False without one. */
bool launch_switch(struct launch *l);

/* After a successful upgrade: keeps the new binary. */
void launch_keep(struct launch *l);
/* After a failed upgrade: the next start uses the binary before. False if no upgrade is on trial. */
bool launch_go_back(struct launch *l);
