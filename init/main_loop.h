/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1's life after the boot. */
#pragma once

#include "init/launch.h"

/*
 * Starts the agent, and keeps it, and reaps, until somebody wants the machine to stop. signal_fd as from signals_hold();
 * max_delay_us is the longest wait before a start.
 */
_Noreturn void main_loop_run(struct launch *launch, int signal_fd, int64_t max_delay_us);

/* Per turn of the loop, so that neither starves the other: dead children reaped, … */
#define MAIN_LOOP_REAP_TURN 256
/* … and messages of the agent read: more than LIFELINE_BUFFER_BYTES hold, so that none of a dead agent's is left. */
#define MAIN_LOOP_LIFELINE_TURN 8192
/* What the agent of an upgrade may take until it says that it serves: reading the state and the device probes take milliseconds. */
#define MAIN_LOOP_TRIAL_US (10 * 1000000LL)
