/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher: a process of its own that starts programs with vfork, which costs half of what a copy of the agent costs,
 * but stops the caller until execve() is done. A launcher that hangs with its child on a dead file system hangs alone:
 * while it is busy, spawn() does the work.
 *
 * The program becomes the agent's child all the same (CLONE_PARENT), so that nobody else waits for it.
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
 * What became of a job: pidfd (the callee's from here on) is -1 if there is no process, and *report says why; pid -1 and no report: the
 * launcher died with the job in its hands.
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
	struct watch socket;		/* our end; -1: there is no launcher */
	struct watch process;		/* its pidfd */
	struct launcher_block *block;	/* shared with it: the job and its outcome */
	launcher_done *done;		/* of the job at hand; NULL: idle */
	void *data;
	struct launcher_answer late;	/* to the job before, found by launcher_try() */
	struct timer late_soon;
	unsigned int deaths;		/* one after the other, of launchers that lived only shortly */
	int64_t started_us;
};

/* Makes agent->launcher, without a process. */
void launcher_init(struct agent *agent);

/* Starts one if there is none. A kernel or a build that can not is no error: spawn() is there. */
void launcher_ensure(struct agent *agent);

/*
 * Hands the job over; done(data, …) follows. False: it is busy, or not there, or the job is too large
 * for it. fds and texts of the plan are the caller's again.
 */
bool launcher_try(struct agent *agent, const struct spawn_plan *plan, launcher_done *done, void *data);

/*
 * Looks whether the answer is there; the done() of the job may follow. It is looked at when output comes or the next job: most programs
 * are over by then, and the loop was not woken for it. launcher_listen() wakes it from now on.
 */
void launcher_poll(struct agent *agent);
void launcher_listen(struct agent *agent);

/* The launcher's own main loop; serves the socket until its end. */
_Noreturn void launcher_main(int socket_fd, struct launcher_block *block);
