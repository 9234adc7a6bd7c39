/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker is a copy of the agent that serves one connection by plain blocking code until the connection ends. A crash, a hung disk
 * or a host that does not read costs that connection only. This is the agent's side; the worker's own is work.h.
 */
#pragma once

#include "dispatch.h"

struct agent;

/*
 * Gives the connection to a new worker, with the request and all bytes that came behind it: HANDLED_AWAY, and the agent forgets
 * the connection without closing it for the host. HANDLED_NOW: there is no worker for it, *reply says why, the connection stays.
 */
enum handled worker_take(struct conn *c, const struct request *request, struct reply *reply);

/* SIGTERM to all, once each: the guest is going down. */
void worker_stop_all(struct agent *agent);
