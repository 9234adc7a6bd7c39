/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1's life after the boot. */
#pragma once

#include "init/launch.h"

/*
 * Starts the agent, restarts it after its end, and reaps children, until the machine is to stop. signal_fd is from
 * signals_hold(); max_delay_us is the longest restart delay.
 */
_Noreturn void main_loop_run(struct launch *launch, int signal_fd, int64_t max_delay_us);

/* Bounds of one turn of the loop, so that neither source starves the other: dead children to reap, … */
#define MAIN_LOOP_REAP_TURN 256
/* … and messages to read: more than LIFELINE_BUFFER_BYTES can hold, so that all messages of a dead agent are read. */
#define MAIN_LOOP_LIFELINE_TURN 8192
/* Time limit for the new agent of an upgrade until LIFELINE_READY: 10 s; reading the persisted state takes milliseconds. */
#define MAIN_LOOP_TRIAL_US (10 * 1000000LL)
