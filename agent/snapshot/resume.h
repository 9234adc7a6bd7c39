/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of resume share (quiesce.h has the whole). */
#pragma once

#include <stdbool.h>

#include "agent/network/network.h"
#include "agent/protocol/config.h"
#include "agent/protocol/request.h"

struct agent;

/* Connections to elsewhere, in a job. */
int resume_step_sockets(void *data);
/* Names and addresses, in a job: some steps in one, each with a name. */
int resume_step_identity(void *data);
bool resume_is_identity(const char *name);
/* What is to be mounted, a job for each. */
int resume_step_mounts(void *data);
/* Ends the job of any of them. */
void resume_stop_job(void *data);
