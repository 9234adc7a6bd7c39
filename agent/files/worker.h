/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker is a copy of the agent that serves one connection by plain blocking code until the connection ends. A crash, a hung disk
 * or a host that does not read costs that connection only. This is the agent's side; the worker's own is work.h.
 */
#pragma once

#include <stdatomic.h>

#include "agent/core/limits.h"
#include "agent/server/dispatch.h"

struct agent;
struct worker;

struct worker_slot {
	_Atomic bool busy;	/* the worker's: a request is being served */
	bool taken;		/* the agent's */
};

/* What the agent shares with all of its workers. */
struct worker_board {
	_Atomic bool still;	/* no request may begin: the guest stands still for a snapshot */
	struct worker_slot slot[LIMIT_WORKERS];
};

struct workers {
	struct worker *first;
	struct worker_board *board;	/* NULL before the first worker */
};

/* Makes agent->workers. */
void worker_init(struct agent *agent);

/*
 * Gives the connection to a new worker, with the request and all bytes that came behind it: HANDLED_AWAY, and the agent forgets
 * the connection without closing it for the host. HANDLED_NOW: there is no worker for it, *reply says why, the connection stays.
 */
enum handled worker_take(struct conn *c, const struct request *request, struct reply *reply);

/* SIGTERM to all, once each: the guest is going down. */
void worker_stop_all(struct agent *agent);

/* Those that serve a request stop in the middle of it, the others refuse the next one; until worker_go_on(). */
void worker_stand_still(struct agent *agent);
void worker_go_on(struct agent *agent);
