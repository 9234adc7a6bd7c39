/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher: a helper that starts programs with vfork semantics, which costs half of what a copy of the agent costs,
 * but stops the caller until execve(2) returns. A launcher that hangs with its child on a dead file system hangs alone:
 * while the launcher is busy, spawn() starts programs.
 *
 * The program is the agent's child all the same (CLONE_PARENT), so that only the agent reaps programs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/core/loop.h"
#include "agent/spawn/spawn.h"

struct agent;
struct launcher_block;

/*
 * The outcome of a launch. pidfd is the callee's; -1: there is no process, and *report says why. pid -1 and report
 * NULL: the launcher died during the launch.
 */
typedef void launcher_done(void *data, pid_t pid, int pidfd, const struct spawn_report *report);

/* An answer that is there, and was not yet handed on. */
struct launcher_answer {
	launcher_done *done;		/* NULL: there is none */
	void *data;
	pid_t pid;
	int pidfd;
	struct spawn_report report;
};

struct launcher {
	struct agent *agent;
	struct watch socket;		/* the agent's end of the socket; -1: no launcher runs */
	struct watch process;		/* the launcher's pidfd */
	struct launcher_block *block;	/* shared with the launcher: the plan and its outcome */
	launcher_done *done;		/* of the launch under way; NULL: the launcher is idle */
	void *data;
	struct launcher_answer late;	/* to the launch before, found by launcher_try() */
	struct timer late_soon;
	unsigned int deaths;		/* deaths in a row of launchers that lived less than LONG_LIFE_US */
	int64_t started_us;
};

/* Makes agent->launcher, without a process. */
void launcher_init(struct agent *agent);

/* Starts a launcher if none runs. A kernel or a build without one is no error: spawn() starts programs then. */
void launcher_ensure(struct agent *agent);

/*
 * Begins a launch; done(data, …) follows. False: the launcher is busy or does not run, or the plan does not fit the
 * block. The plan's fds and texts are the caller's again when the function returns.
 */
bool launcher_try(struct agent *agent, const struct spawn_plan *plan, launcher_done *done, void *data);

/*
 * Receives the launcher's reply if it has come; done() of the launch is then called. The agent polls at the first
 * output and before the next launch: most programs have ended by then, and the loop needs no wake-up for the reply.
 * launcher_listen() makes the reply wake the loop.
 */
void launcher_poll(struct agent *agent);
void launcher_listen(struct agent *agent);

/* The launcher's main loop; serves the socket until its end. */
_Noreturn void launcher_main(int socket_fd, struct launcher_block *block);
