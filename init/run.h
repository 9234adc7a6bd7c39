/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1's life after the boot. */
#pragma once

#include "init/launch.h"

/* Starts the agent, and keeps it, and reaps, until somebody wants the machine to stop. signal_fd as from signals_hold(). */
_Noreturn void run_forever(struct launch *launch, int signal_fd);

/* Per turn of the loop, so that neither starves the other: dead children reaped, … */
#define RUN_REAP_TURN 256
/* … and messages of the agent read. */
#define RUN_LIFELINE_TURN 16
