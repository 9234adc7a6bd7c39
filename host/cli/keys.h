/* SPDX-License-Identifier: Apache-2.0 */
/* Stdin of a session at a terminal, as a source of libpith: the typed bytes without the escapes. */
#pragma once

#include <stdbool.h>

#include "host/cli/escape.h"
#include "host/include/pith.h"

#define KEYS_ROOM 16384u /* bytes typed or pasted while the program does not read */

struct keys {
	struct pith_conn *conn;
	struct escape escape;
	bool ended;
	size_t start;
	size_t end;
	uint8_t bytes[KEYS_ROOM];
};

/* keys must outlive the source. */
struct pith_source keys_source(struct keys *keys, struct pith_conn *conn);
