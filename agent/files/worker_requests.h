/* SPDX-License-Identifier: Apache-2.0 */
/* The requests that a worker serves. The agent's side passes the function, so that worker_main.c depends on no handler. */
#pragma once

#include "agent/files/worker_main.h"

/* The function `serve` of struct worker_start. */
void worker_requests_serve(struct worker_self *w, const struct request *request, struct reply *reply);
