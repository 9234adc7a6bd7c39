/* SPDX-License-Identifier: Apache-2.0 */
/* users_resolve() by the guest's own files. For children of the agent only: to read them may take as long as a disk does. */
#pragma once

#include "agent/spawn/users.h"

enum users_result users_look_up(const char *spec, struct user *ret);
