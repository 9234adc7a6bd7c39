/* SPDX-License-Identifier: Apache-2.0 */
/* When each step of the boot was done: PID 1's steps, then the agent's. Told by info and by the dial to the host. */
#pragma once

#include <stdint.h>

/* What a step of the boot cost; `at_us` on CLOCK_BOOTTIME. */
struct boot_step {
	char name[24];
	uint64_t at_us;
};

#define BOOT_STEPS 16

struct agent;
struct buf;

/* "init=123 mounts=456": what PID 1 measured (NULL: nothing). Whatever is malformed ends the list. */
void boot_timeline_read(struct agent *agent, const char *text);

/* One more; beyond BOOT_STEPS none is kept. */
void boot_timeline_add(struct agent *agent, const char *name, int64_t at_us);

/* The member "boot" of an object. */
void boot_timeline_write(const struct agent *agent, struct buf *b);
