/* SPDX-License-Identifier: Apache-2.0 */
/* Variables as the command line names them. */
#pragma once

#include "host/cli/command.h"

struct env {
	const char **items; /* "NAME=value", ends with NULL */
	char **owned; /* those that were made here */
	size_t count;
};

/* NAME alone takes the value from here, and is left out where there is none. False without memory. */
bool env_make(struct env *env, const char *const *words, size_t count);
void env_deinit(struct env *env);
