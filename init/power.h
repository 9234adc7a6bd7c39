/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the machine: docs/boot.md has the order and the bounds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum power_action {
	POWER_STAY,
	POWER_OFF,
	POWER_REBOOT,
	POWER_HALT,
};

/* From SIGTERM to SIGKILL, unless all is gone before. */
#define POWER_TERM_US (5 * 1000000LL)
/* From SIGKILL on: a process in an uninterruptible call does not keep the machine. */
#define POWER_KILL_US (2 * 1000000LL)
/* Dirty pages to a slow disk. */
#define POWER_SYNC_US (10 * 1000000LL)
#define POWER_UNMOUNT_US (5 * 1000000LL)
/* The drivers' own shutdown. */
#define POWER_REBOOT_US (5 * 1000000LL)

/* Stops everything. signal_fd is a signalfd with SIGCHLD, or negative. */
_Noreturn void power_down(enum power_action action, int signal_fd);
