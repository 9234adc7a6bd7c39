/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables of the command line: NAME=value or NAME. */
#pragma once

#include "host/cli/command.h"

struct env {
	const char **items; /* "NAME=value", ends with NULL */
	char **owned; /* the items that env_make() allocated */
	size_t count;
};

/* NAME alone gets its value from this process's environment, and is left out if unset. False without memory. */
bool env_make(struct env *env, const char *const *words, size_t count);
void env_deinit(struct env *env);
