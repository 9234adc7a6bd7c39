/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time at which each step of the boot was done: PID 1's steps, then the agent's. `info` and the dial to the host
 * report them.
 */
#pragma once

#include <stdint.h>

/* One step of the boot; at_us: its end, in microseconds of CLOCK_BOOTTIME. */
struct boot_step {
	char name[24];
	uint64_t at_us;
};

#define BOOT_STEPS 16

struct agent;
struct buf;

/* text: "init=123 mounts=456", PID 1's steps in microseconds (NULL: none). Malformed text ends the list. */
void boot_timeline_read(struct agent *agent, const char *text);

/* Adds one step; dropped when there are BOOT_STEPS steps already. */
void boot_timeline_add(struct agent *agent, const char *name, int64_t at_us);

/* Writes the member "boot" of an object. */
void boot_timeline_write(const struct agent *agent, struct buf *b);
