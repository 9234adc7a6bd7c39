/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings the guest to the state of a configuration: steps in a fixed order, each in a job with a time limit. A failed
 * step does not stop the steps after it. Further requests wait in a queue.
 */
#pragma once

#include "agent/server/conn.h"
#include "agent/server/dispatch.h"

/* Does the steps of the image and the command line, unless a predecessor did, then notifies the host. Called once the agent serves. */
void configure_boot(struct agent *agent);

/* Does the steps for a request; consumes todo. */
enum handled configure_start(struct conn *c, struct buf *todo, struct reply *reply);
