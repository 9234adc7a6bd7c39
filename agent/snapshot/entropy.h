/* SPDX-License-Identifier: Apache-2.0 */
/* What a clone must not share with its brothers: the state of the kernel's random generator. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The random device, opened early: later somebody may have put something else in its place. 0 or -errno. */
int entropy_open(void);

/* An even number of hex digits, 1,024 at most. */
bool entropy_is_hex(const char *hex);

/* Those bytes are credited in full, and the generator is seeded anew at once. 0, or -errno: then it is not certain. */
int entropy_add(const char *hex);
