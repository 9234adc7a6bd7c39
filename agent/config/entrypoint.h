/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's program of the configuration: an exec called `main`, started when the rest is done, and again as the configuration says.
 *
 *	none      there is none, or it is not to be started
 *	running   it was started; its exec may have ended while nobody looked (a crash of the agent)
 *	waiting   it has ended, and is started again in a moment
 *	over      it has ended for good
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
	uint64_t failures;		/* one after the other, of short lives */
	struct timer again;
	unsigned int status;		/* of its last end, as a shell tells it */
	char problem[128];		/* why it could not even be tried */
};

/* A configuration was done. Starts it if it was never started, or if it is over and asked says that it is meant anew. */
void entrypoint_consider(struct agent *agent, bool asked);

/* Behind a crash or an upgrade: goes on where the predecessor was. */
void entrypoint_restore(struct agent *agent);

/* An exec has ended, this one or another. */
void entrypoint_ended(struct exec *e);

/* The guest goes down: tells it by the signal that it has for that, and starts it no more. */
void entrypoint_stop(struct agent *agent);

/* The member "main"; nothing if there is none. */
void entrypoint_write(const struct agent *agent, struct buf *b);
