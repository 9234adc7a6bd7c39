/* SPDX-License-Identifier: Apache-2.0 */
/* Writes help from the tables to stdout. */
#pragma once

#include "host/cli/command.h"

void help_print_overview(const struct command_table *all);
void help_print_command(const struct command_table *all, const struct command *command);

/* The nearest command's name, or NULL. */
const char *help_nearest_command(const struct command_table *all, const char *name);
