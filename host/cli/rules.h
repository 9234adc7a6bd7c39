/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses options that have no effect with the rest of the command line, by the rules of each command. */
#pragma once

#include "host/cli/command.h"

/*
 * Call after the options are parsed and the number of words is checked. False with a sentence in problem (OPTIONS_PROBLEM_MAX
 * bytes). Pure but for *problem.
 */
bool rules_check(const struct invocation *invocation, char *problem);
