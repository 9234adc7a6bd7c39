/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of resume that have a file of their own; quiesce.h has resume as a whole. */
#pragma once

#include <stdbool.h>

#include "agent/network/network.h"
#include "agent/protocol/config.h"
#include "agent/protocol/request.h"

struct agent;

/* Ends foreign connections (agent/network/sockets.h), in a job. */
int resume_step_sockets(void *data);
/* Sets names, ids and the network, in one job that reports each part. */
int resume_step_identity(void *data);
bool resume_is_identity(const char *name);
/* Mounts, one job for each mount. */
int resume_step_mounts(void *data);
/* Stops the job of any of these steps. */
void resume_stop_job(void *data);
