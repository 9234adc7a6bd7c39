/* SPDX-License-Identifier: Apache-2.0 */
/* The machine below PID 1, where it is ours and not a container's host. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* False in a PID namespace: disks and ports may be the host's then. */
bool machine_is_ours(void);

/*
 * Writes status to the I/O port of QEMU's isa-debug-exit, whose exit status becomes 2 * status + 1; QEMU is gone when this
 * returns, if there is such a device. Returns 0, or -errno where ports cannot be written.
 */
int machine_exit(uint16_t port, uint8_t status);

/* QEMU's exit status has eight bits, and the lowest is always 1. */
#define MACHINE_STATUS_MAX 127
