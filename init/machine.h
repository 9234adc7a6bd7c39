/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that PID 1 runs on, if PID 1 is not in a container. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* False in a PID namespace: disks and I/O ports may belong to the container's host. */
bool machine_is_ours(void);

/*
 * Writes status to the I/O port of QEMU's isa-debug-exit, whose exit status becomes 2 * status + 1; with such a
 * device QEMU ends during the call. Returns 0, or -errno if ports cannot be written.
 */
int machine_exit(uint16_t port, uint8_t status);

/* QEMU's exit status has 8 bits, of which the lowest is always 1. */
#define MACHINE_STATUS_MAX 127
