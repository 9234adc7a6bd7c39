/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users_resolve() with /etc/passwd and /etc/group of the guest. For children of the agent only: a read may block as
 * long as the disk.
 */
#pragma once

#include "agent/spawn/users.h"

enum users_result users_look_up(const char *spec, struct user *ret);
