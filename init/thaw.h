/* SPDX-License-Identifier: Apache-2.0 */
/* The thaw of last resort: what the agent froze goes on at its time, whatever became of the agent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lifeline_message;

/* LIFELINE_THAW_AT. False: it is malformed. */
bool thaw_set(const struct lifeline_message *message);

/* When there is something to do, CLOCK_MONOTONIC; INT64_MAX: never. */
int64_t thaw_deadline_us(void);

/* Does what is due. */
void thaw_look(int64_t now_us);
