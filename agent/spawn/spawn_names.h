/* SPDX-License-Identifier: Apache-2.0 */
/* The names of resource limits and capabilities, as users write them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/spawn/spawn.h"

/* name as "nofile", value as "1024", "1024:4096" or "unlimited". */
bool spawn_parse_rlimit(const char *name, const char *value, struct spawn_rlimit *ret);

/* "net_admin", "CAP_NET_ADMIN"; -1: there is none of that name. */
int spawn_parse_capability(const char *name);
