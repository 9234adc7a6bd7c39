/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time on the monotonic clock, in milliseconds, and their conversion to timeouts of poll(2). */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

#define DEADLINE_NEVER INT64_MAX

static inline int64_t deadline_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* A negative timeout means no deadline. */
static inline int64_t deadline_after(int64_t timeout_ms)
{
	int64_t now = deadline_now_us() / 1000;

	if (timeout_ms < 0 || timeout_ms >= DEADLINE_NEVER - now)
		return DEADLINE_NEVER;
	return now + timeout_ms;
}

static inline bool deadline_has_passed(int64_t deadline)
{
	return deadline != DEADLINE_NEVER && deadline_now_us() / 1000 >= deadline;
}

/* For poll(2): -1 for never, 0 for a deadline that has passed. */
static inline int deadline_left(int64_t deadline)
{
	int64_t left;

	if (deadline == DEADLINE_NEVER)
		return -1;
	left = deadline - deadline_now_us() / 1000;
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
