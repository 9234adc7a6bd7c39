/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests a worker serves: given to it by the agent's side, so that the worker itself knows none. */
#pragma once

#include "agent/files/worker_main.h"

/* The serve() of struct worker_start. */
void worker_requests_serve(struct worker_self *w, const struct request *request, struct reply *reply);
