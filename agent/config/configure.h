/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the guest what a configuration says: steps in a fixed order, one after the other, each in a job with its time; a step that fails
 * does not stop those behind it. What is asked for meanwhile waits.
 */
#pragma once

#include "agent/server/conn.h"
#include "agent/server/dispatch.h"

/* At the agent's start, once it serves: does what image and command line say, unless a predecessor has. Then the host is told. */
void configure_boot(struct agent *agent);

/* Does it for a request; todo is consumed. */
enum handled configure_start(struct conn *c, struct buf *todo, struct reply *reply);
