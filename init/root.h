/* SPDX-License-Identifier: Apache-2.0 */
/* The root that `pith.root=` names, put together and entered; docs/reference/boot.md, section 4. */
#pragma once

#include <stdbool.h>

#include "init/cmdline.h"

/* "/dev/vda: No such device (errno 19)", with a path of the longest that is accepted. */
#define ROOT_FAILURE_MAX 384
/* How often a device that is not there yet is looked for: ten times in the time that the fastest bus takes to be probed. */
#define ROOT_LOOK_MS 10
/* Directories within each other that the old root may have: more than any image, and less than the stack of a child. */
#define ROOT_DEPTH_MAX 64

/*
 * Mounts the root, with an overlay above it if one is asked for, moves the early mounts there and makes it PID 1's root.
 * Returns 0; or -errno, logged, with PID 1 where it was and nothing mounted. Waits for a device at most rootwait_ms.
 */
int root_enter(const struct options *options);

/* What failed, for the agent; empty if nothing did. */
const char *root_failure(void);

/* The directory of the disk that the overlay writes to, open since before the overlay hid it; negative if there is none. */
int root_upper_fd(void);

/* A shell on the console, for a root that failed. PID 1 reaps it like any orphan. */
void root_start_shell(void);
