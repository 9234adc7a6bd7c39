/* SPDX-License-Identifier: Apache-2.0 */
/* The names of resource limits and capabilities in requests. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/spawn/spawn.h"

/* name: "nofile"; value: "1024" (soft and hard), "1024:4096" or "unlimited". False: an unknown name, or no such value. */
bool spawn_parse_rlimit(const char *name, const char *value, struct spawn_rlimit *ret);

/* name: "net_admin" or "CAP_NET_ADMIN", in any case. Returns the capability's number; -1: no capability has this name. */
int spawn_parse_capability(const char *name);
