/* SPDX-License-Identifier: Apache-2.0 */
/* Options that would have no effect beside what else was given are refused, by the rules of each command. */
#pragma once

#include "host/cli/command.h"

/*
 * Of an invocation whose options were read, and whose words are as many as the command takes. False with a sentence in problem
 * (OPTIONS_PROBLEM_MAX bytes). Pure but for *problem.
 */
bool rules_check(const struct invocation *invocation, char *problem);
