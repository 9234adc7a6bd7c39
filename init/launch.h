/* SPDX-License-Identifier: Apache-2.0 */
/* The agent as a process: its binary, its birth, and PID 1's end of the lifeline. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "init/cmdline.h"
#include "init/timeline.h"

/* Thirty times the agent's budget: a sanitizer build fits, and a wrong file does not fill the guest's memory. */
#define LAUNCH_BINARY_MAX (64u << 20)

/* Options that PID 1 passes on as they are. */
#define LAUNCH_WORDS 4
#define LAUNCH_WORD_SIZE (sizeof("PITH_HOSTNAME=") + sizeof(struct option_word))

struct launch_word {
	const char *name;	/* of the agent's variable */
	const char *value;	/* "" if the option was not given */
};

struct launch {
	const char *path;		/* of the agent's binary */
	const struct timeline *timeline;
	struct launch_word words[LAUNCH_WORDS];
	int listener_fd;		/* or negative */
	bool has_work;			/* there is a cgroup for execs */
	int binary_fd;			/* sealed memfd, -1 until the file was read */
	int next_fd;			/* the binary that an upgrade brought, until the agent hands over; or -1 */
	int previous_fd;		/* the one before an upgrade, until the new agent is ready; or -1 */
	struct rlimit nofile;		/* what the agent is to have */
	int lifeline_fd;		/* PID 1's end, NONBLOCK, -1 while there is no agent */
	pid_t pid;			/* 0 while there is no agent */
};

#define LAUNCH_INIT { .listener_fd = -1, .binary_fd = -1, .next_fd = -1, .previous_fd = -1, .lifeline_fd = -1 }

/* Reads the binary into a memfd that nothing can change, once; later calls do nothing. Returns 0 or -errno. */
int launch_load(struct launch *l);

/*
 * Starts the agent; starts is its number in this boot. Returns 0 or -errno with nothing left behind. A binary that cannot be
 * executed is an agent that dies at once: the child says so on the console.
 */
int launch_spawn(struct launch *l, uint32_t starts);

/* The agent is dead and reaped. */
void launch_forget(struct launch *l);

/* Keeps the binary of an upgrade for launch_switch(). Consumes fd. False: somebody could still change it. */
bool launch_offer(struct launch *l, int fd);

/* The next start is of the offered binary. False: there is none. */
bool launch_switch(struct launch *l);

/* The new binary is the agent's from now on, … */
void launch_keep(struct launch *l);
/* … or it is not, and the next start is of the one before. False: none is on trial. */
bool launch_go_back(struct launch *l);
