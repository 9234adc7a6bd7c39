/* SPDX-License-Identifier: Apache-2.0 */
/* The boot timeline, which is in replies and in notices. */
#pragma once

#include "host/include/pith_guest.h"
#include "host/lib/json.h"

/* Reads the member "boot"; returns the number of steps. */
size_t guest_read_boot(const struct json *object, struct pith_boot_step boot[PITH_BOOT_STEPS_MAX]);
