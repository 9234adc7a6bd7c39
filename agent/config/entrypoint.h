/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exec `main`: the guest's own program, started after the other steps of the configuration, and restarted as the
 * configuration says.
 *
 *	none      not configured, or not to be started
 *	running   started; the exec may have ended during a crash of the agent
 *	waiting   ended, and the restart delay runs
 *	over      ended for good
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/loop.h"

struct agent;
struct buf;
struct exec;

#define ENTRYPOINT_ID "main"

enum entrypoint_state { ENTRYPOINT_NONE, ENTRYPOINT_RUNNING, ENTRYPOINT_WAITING, ENTRYPOINT_OVER };

struct entrypoint {
	enum entrypoint_state state;
	uint64_t starts;
	uint64_t failures;		/* short lives in a row */
	struct timer again;
	unsigned int status;		/* of its last end: an exit code, or 128 + signal, as in a shell */
	char problem[128];		/* why no start was attempted */
};

/* A configuration is done: starts `main` if it was never started, or (asked: the document sets its program) if it is over. */
void entrypoint_consider(struct agent *agent, bool asked);

/* Goes on with the predecessor's state, after a crash or an upgrade. */
void entrypoint_restore(struct agent *agent);

/* Called for the end of each exec; acts on `main` only. */
void entrypoint_ended(struct exec *e);

/* The guest goes down: sends `main` its stop signal, and ends restarts. */
void entrypoint_stop(struct agent *agent);

/* Writes the member "main", if there is one. */
void entrypoint_write(const struct agent *agent, struct buf *b);
