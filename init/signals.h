/* SPDX-License-Identifier: Apache-2.0 */
/* What signals mean to PID 1. */
#pragma once

#include <stdint.h>

#include "init/power.h"

#define SIGNALS_NO_TIMEOUT INT64_MAX

/*
 * Blocks every signal but those of a crash, and tells the kernel that Ctrl-Alt-Del is a SIGINT and not a reset. Returns a
 * signalfd, or -errno, logged: PID 1 then hears of no signal and looks for dead children by the clock.
 */
int signals_hold(void);

/*
 * Waits for a signal, for other_fd (or -1) to be hung up or to have one of other_events (of poll(2)), or for timeout_us, and
 * reads at most SIGNALS_TURN signals; the rest is for the next call. Returns what was asked for, POWER_STAY in most cases. The only
 * place where PID 1 sleeps.
 */
enum power_action signals_wait(int signal_fd, int other_fd, short other_events, int64_t timeout_us);

#define SIGNALS_TURN 16
/* How long one sleep is where signals cannot be heard. */
#define SIGNALS_BLIND_US (100 * 1000LL)
