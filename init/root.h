/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts and enters the root of `pith.root=`; docs/reference/boot.md, section 4. */
#pragma once

#include <stdbool.h>

#include "init/cmdline.h"

/* Room for "/dev/vda: No such device (errno 19)" with the longest accepted path. */
#define ROOT_FAILURE_MAX 384
/* Interval between two looks for a missing device: a tenth of the time in which the fastest bus is probed. */
#define ROOT_LOOK_MS 10
/* The deepest nesting of directories in the old root: more than any image has, and within the stack of a child. */
#define ROOT_DEPTH_MAX 64

/*
 * Mounts the root, with an overlay above it if one is asked for, moves the early mounts there and makes it PID 1's root.
 * Returns 0; or -errno, logged, with PID 1 still in the kernel's root and nothing mounted. Waits for a device at most rootwait_ms.
 */
int root_enter(const struct options *options);

/* The text of the failure, for the agent; empty without one. */
const char *root_failure(void);

/* An fd of the overlay's writable layer, opened before the overlay hid its path; negative without an overlay on a disk. */
int root_upper_fd(void);

/* Starts a shell on the console after the root failed. PID 1 reaps the shell like any orphan. */
void root_start_shell(void);
