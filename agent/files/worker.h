/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's side of workers; worker_main.h is the worker's own side. A worker is a helper that serves one connection
 * by blocking system calls until the connection ends. A crash, a disk that hangs or a host that does not read costs
 * this connection only.
 */
#pragma once

#include <stdatomic.h>

#include "agent/core/limits.h"
#include "agent/server/dispatch.h"

struct agent;
struct worker;

struct worker_slot {
	_Atomic bool busy;	/* written by the worker: a request is being served */
	bool taken;		/* written by the agent */
};

/* Memory that the agent shares with all workers. */
struct worker_board {
	_Atomic bool still;	/* set during a quiesce: no worker may begin a request */
	struct worker_slot slot[LIMIT_WORKERS];
};

struct workers {
	struct worker *first;
	struct worker_board *board;	/* NULL before the first worker */
};

/* Sets agent->workers. */
void worker_init(struct agent *agent);

/*
 * Hands the connection to a new worker, with the request and all bytes received after the request. HANDLED_AWAY: the
 * agent forgets the connection without a shutdown. HANDLED_NOW: no worker could be made, *reply has the reason, the
 * agent keeps the connection.
 */
enum handled worker_take(struct conn *c, const struct request *request, struct reply *reply);

/* Sends each worker one SIGTERM: the guest is going down. */
void worker_stop_all(struct agent *agent);

/* Until worker_go_on(): stops workers that serve a request by SIGSTOP, and makes the others refuse the next request. */
void worker_stand_still(struct agent *agent);
void worker_go_on(struct agent *agent);
