/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a clone, which stood still while the snapshot was kept. */
#pragma once

#include <stdint.h>

/* Sets CLOCK_REALTIME, and the hardware's clock if there is one. 0 or -errno. */
int clock_step(int64_t realtime_us);
