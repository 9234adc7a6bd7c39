/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting and unmounting, by blocking calls in a job. */
#pragma once

#include <stdint.h>

#include "agent/protocol/config.h"

/*
 * Checks a target: absolute, plain, and no directory that the guest needs ("/", "/proc" and others). Returns NULL, or
 * what is wrong, worded to follow the key.
 */
const char *mounting_check_target(const char *target);

/* Checks all members of a mount. Returns NULL, or as mounting_check_target(), and *ret_key is the key. */
const char *mounting_check(const struct config_mount *wish, const char **ret_key);

/* The time limit of the job, in ms: the wait for the device and the mount itself. */
uint64_t mounting_timeout_ms(const struct config_mount *wish);

/*
 * The function of a job; arg is a struct config_mount that passed mounting_check(). 0: out_fd has the members of the
 * reply. -errno: out_fd has the text of the error.
 */
int mounting_run(void *arg, int out_fd);

struct unmounting {
	const char *target;
	bool lazy;
};

/* As mounting_run(), for a struct unmounting. -EBUSY: the text names the processes and mounts that hold the mount. */
int unmounting_run(void *arg, int out_fd);
