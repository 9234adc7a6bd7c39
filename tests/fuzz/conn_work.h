/* SPDX-License-Identifier: Apache-2.0 */
/* The one operation behind the connection of fuzz_conn.c: an exec without a process. It checks how the connection treats it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/server/conn.h"
#include "agent/server/server.h"

#define WORK_WINDOW 4096u
#define WORK_PERIOD 251u	/* byte n of each output is n % WORK_PERIOD */

struct work {
	struct op op;
	bool running, ended;
	size_t credit, incoming, unsettled, settled, at;
	uint8_t in[WORK_WINDOW];
	uint64_t offset[2];
	size_t left[2];
};

extern struct work work;
extern const struct server_calls work_calls;
