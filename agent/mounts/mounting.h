/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting and unmounting, by blocking calls in a job. */
#pragma once

#include <stdint.h>

#include "agent/protocol/config.h"

/*
 * What no mount may stand on, nor be taken from: "/proc" and the like, "/". NULL: the path is absolute, plain, and may be; else what is
 * wrong with it, to stand behind the key.
 */
const char *mounting_check_target(const char *target);

/* The same for all of a wish. NULL: it is good; else *ret_key is the key. */
const char *mounting_check(const struct config_mount *wish, const char **ret_key);

/* All that a job may take for it: the wait and the work. */
uint64_t mounting_timeout_ms(const struct config_mount *wish);

/*
 * The work of a job; arg is a struct config_mount that passed the check. 0: the members of the answer were written to out_fd; -errno: what
 * it was about, as text.
 */
int mounting_run(void *arg, int out_fd);

struct unmounting {
	const char *target;
	bool lazy;
};

/* The same for a struct unmounting. -EBUSY: the text names who holds it. */
int unmounting_run(void *arg, int out_fd);
