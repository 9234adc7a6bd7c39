/* SPDX-License-Identifier: Apache-2.0 */
/* From an address to a connected byte stream. */
#pragma once

#include <stdint.h>

#include "host/include/pith.h"
#include "host/lib/address.h"

/*
 * One attempt. name is the address as the user wrote it, for the sentences. *ret is a non-blocking, close-on-exec
 * socket that carries nothing but pith/1 from its first byte on.
 */
enum pith_code dial(const struct address *address, const char *name, int64_t timeout_ms, int *ret,
		    struct pith_error *err);
