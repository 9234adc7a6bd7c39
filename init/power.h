/* SPDX-License-Identifier: Apache-2.0 */
/* The shutdown of the machine: docs/reference/boot.md has the order and the bounds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum power_action {
	POWER_STAY,
	POWER_OFF,
	POWER_REBOOT,
	POWER_HALT,
};

/* Time limit for thawing file systems that are frozen for a snapshot. */
#define POWER_THAW_US (1 * 1000000LL)
/* From SIGTERM to SIGKILL, unless all processes have ended before, or the request has a time of its own. */
#define POWER_TERM_US (5 * 1000000LL)
/* The longest time of a request, 10 min: the host cannot shorten a shutdown under way. */
#define POWER_TERM_MAX_MS 600000u
/* Wait after SIGKILL: a process in an uninterruptible call must not block the shutdown. */
#define POWER_KILL_US (2 * 1000000LL)
/* Time limit of sync(2), for dirty pages and a slow disk. */
#define POWER_SYNC_US (10 * 1000000LL)
#define POWER_UNMOUNT_US (5 * 1000000LL)
/* Time limit of reboot(2), for the drivers' own shutdown. */
#define POWER_REBOOT_US (5 * 1000000LL)

struct power_request {
	enum power_action action;
	int64_t term_us;	/* in place of POWER_TERM_US */
	uint8_t status;		/* for machine_exit() */
};

#define POWER_REQUEST_INIT { .action = POWER_STAY, .term_us = POWER_TERM_US }

/* Sets the port for machine_exit() when the machine powers off or halts; 0: none. */
void power_set_exit_port(uint16_t port);

/* Shuts the machine down. signal_fd is a signalfd with SIGCHLD, or negative. */
_Noreturn void power_down(const struct power_request *request, int signal_fd);
