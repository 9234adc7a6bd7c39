/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest says of itself in more than one place. */
#pragma once

#include "host/include/pith_guest.h"
#include "host/lib/json.h"

/* The member "boot"; the number of steps. */
size_t guest_read_boot(const struct json *object, struct pith_boot_step boot[PITH_BOOT_STEPS_MAX]);
