/* SPDX-License-Identifier: Apache-2.0 */
/* Writes help from the tables to stdout. */
#pragma once

#include "host/cli/command.h"

void help_print_overview(void);
void help_print_command(const struct command *command);

/* The name of the command nearest to name, or NULL. */
const char *help_nearest_command(const char *name);
