/* SPDX-License-Identifier: Apache-2.0 */
/* The signals of PID 1. */
#pragma once

#include <stdint.h>

#include "init/power.h"

#define SIGNALS_NO_TIMEOUT INT64_MAX

/*
 * Blocks every signal but those of a crash, and makes the kernel send SIGINT for Ctrl-Alt-Del in place of a reset. Returns a
 * signalfd, or -errno, logged: PID 1 then gets no signals and polls for dead children every SIGNALS_BLIND_US.
 */
int signals_hold(void);

/*
 * Waits for a signal, for other_fd (or -1) to be hung up or to have one of other_events (of poll(2)), or for timeout_us, and
 * reads at most SIGNALS_TURN signals; the next call reads the others. Returns the requested power action, POWER_STAY in most
 * cases. PID 1 sleeps only in this call.
 */
enum power_action signals_wait(int signal_fd, int other_fd, short other_events, int64_t timeout_us);

#define SIGNALS_TURN 16
/* The length of one sleep without a signalfd. */
#define SIGNALS_BLIND_US (100 * 1000LL)
