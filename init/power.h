/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the machine: docs/reference/boot.md has the order and the bounds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum power_action {
	POWER_STAY,
	POWER_OFF,
	POWER_REBOOT,
	POWER_HALT,
};

/* File systems that are frozen for a snapshot. */
#define POWER_THAW_US (1 * 1000000LL)
/* From SIGTERM to SIGKILL, unless all is gone before, or the request says otherwise. */
#define POWER_TERM_US (5 * 1000000LL)
/* The most that a request may say: the host can take it back in no other way than by ending the machine. */
#define POWER_TERM_MAX_MS 600000u
/* From SIGKILL on: a process in an uninterruptible call does not keep the machine. */
#define POWER_KILL_US (2 * 1000000LL)
/* Dirty pages to a slow disk. */
#define POWER_SYNC_US (10 * 1000000LL)
#define POWER_UNMOUNT_US (5 * 1000000LL)
/* The drivers' own shutdown. */
#define POWER_REBOOT_US (5 * 1000000LL)

struct power_request {
	enum power_action action;
	int64_t term_us;	/* in place of POWER_TERM_US */
	uint8_t status;		/* for machine_exit() */
};

#define POWER_REQUEST_INIT { .action = POWER_STAY, .term_us = POWER_TERM_US }

/* The port for machine_exit() when the machine powers off or halts; 0: none. */
void power_set_exit_port(uint16_t port);

/* Stops everything. signal_fd is a signalfd with SIGCHLD, or negative. */
_Noreturn void power_down(const struct power_request *request, int signal_fd);
