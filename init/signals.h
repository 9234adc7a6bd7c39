/* SPDX-License-Identifier: Apache-2.0 */
/* What signals mean to PID 1. */
#pragma once

#include <stdbool.h>

#include "init/power.h"

struct signals_seen {
	bool child;			/* somebody may be waiting to be reaped */
	enum power_action power;	/* POWER_STAY: nobody asked for another */
};

/*
 * Blocks every signal but those of a crash, and tells the kernel that Ctrl-Alt-Del is a SIGINT and not a reset. Returns a
 * signalfd, or -errno, logged: PID 1 then hears of no signal and looks for dead children by the clock.
 */
int signals_hold(void);

/* Reads at most SIGNALS_TURN signals; the rest keeps the fd readable. */
struct signals_seen signals_read(int fd);

#define SIGNALS_TURN 16
