/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to a connected byte stream. */
#pragma once

#include <stdint.h>

#include "host/include/pith.h"
#include "host/lib/address.h"

/*
 * Makes one attempt of at most timeout_ms. name is the address as the user wrote it, for error messages. The caller owns
 * *ret: a non-blocking, close-on-exec socket whose first byte is the first byte of pith/1.
 */
enum pith_code dial(const struct address *address, const char *name, int64_t timeout_ms, int *ret,
		    struct pith_error *err);
