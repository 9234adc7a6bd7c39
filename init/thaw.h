/* SPDX-License-Identifier: Apache-2.0 */
/* The thaw timer in PID 1: file systems and workload thaw at the agent's deadline, even if the agent is dead. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lifeline_message;

/* Handles LIFELINE_THAW_AT. False for a malformed message. */
bool thaw_set(const struct lifeline_message *message);

/* The next deadline, CLOCK_MONOTONIC; INT64_MAX: none. */
int64_t thaw_deadline_us(void);

/* Thaws file systems or the workload if their deadline has passed. */
void thaw_look(int64_t now_us);
