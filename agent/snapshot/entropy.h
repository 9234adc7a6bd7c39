/* SPDX-License-Identifier: Apache-2.0 */
/* What a clone must not share with its brothers: the state of the kernel's random generator. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Opens the random device early, before a program of the guest could replace it. 0 or -errno. */
int entropy_open(void);

/* True: an even number of hex digits, at most 1,024. */
bool entropy_is_hex(const char *hex);

/* Credits the bytes in full and reseeds the generator at once. 0, or -errno: then a reseed is not certain. */
int entropy_add(const char *hex);
