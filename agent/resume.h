/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of resume share (quiesce.h has the whole). */
#pragma once

#include <stdbool.h>

#include "request.h"

struct agent;

/* The request, again: what it says lives until the next json_parse(). */
bool resume_decode(const struct agent *agent, struct request *ret);

/* Names, addresses and sockets, in a job. */
int resume_step_identity(void *data);
void resume_stop_identity(void *data);
