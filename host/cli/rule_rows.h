/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the options that have no effect beside other options; commands.c alone includes this file. The page
 * docs/reference/pith.1.md has the same rows; tests/lint/pith-help compares the two.
 */
#pragma once

#include "host/cli/command.h"

static const struct option_rule exec_rules[] = {
	{ "json", NULL, RULE_NEEDS, "detach", "the exit record is written by --record FILE" },
	{ "open-stdin", NULL, RULE_NEEDS, "detach", "without --detach the program reads this stdin" },
	{ "open-stdin", NULL, RULE_NOT_WITH, "tty", "pith stdin and pith attach can already write to a terminal" },
	{ "max-output", NULL, RULE_NOT_WITH, "detach", "pith does not read the output of a detached program" },
	{ "no-stdin", NULL, RULE_NOT_WITH, "tty", "a terminal is stdin and stdout in one" },
	{ "no-stdin", NULL, RULE_NOT_WITH, "detach", "a detached program reads /dev/null already" },
	{ "reattach", NULL, RULE_NOT_WITH, "detach", "pith keeps no connection; pith attach and pith logs have the option" },
	{ "on-disconnect", NULL, RULE_NOT_WITH, "detach", "a detached program runs on; pith attach has the option" },
	{ "on-disconnect", "hangup", RULE_NEEDS, "tty", "only a program with a terminal gets a hangup; use kill to end the program" },
	{ "grace", NULL, RULE_NEEDS, "timeout", "the grace begins at the timeout" },
};

static const struct option_rule attach_rules[] = {
	{ "timeout", NULL, RULE_NEVER, NULL, "exec, shell and wait have the option" },
	{ "from", NULL, RULE_NOT_WITH, "from-start", "each sets the first byte" },
};

static const struct option_rule logs_rules[] = {
	{ "stdout-only", NULL, RULE_NOT_WITH, "stderr-only", "no output would be left" },
	{ "timeout", NULL, RULE_NEEDS, "tail", "only the request for the tail has a timeout; timeout(1) ends a --follow" },
};

static const struct option_rule stdin_rules[] = {
	{ "timeout", NULL, RULE_NEVER, NULL, "a program may read its stdin at any time; timeout(1) ends the command" },
};

static const struct option_rule ls_rules[] = {
	{ "long", NULL, RULE_NOT_WITH, "json", "the entries of --json have all fields" },
};

static const struct option_rule cp_rules[] = {
	{ "exclude", NULL, RULE_NEEDS, "recursive", "patterns select files in a directory" },
	{ "recursive", NULL, RULE_NOT_WITH_WORD, "-", "stdin and stdout cannot carry a directory" },
	{ "reattach", NULL, RULE_NOT_WITH_WORD, "-", "stdin and stdout cannot start over" },
};

static const struct option_rule mount_rules[] = {
	{ "wait-device", NULL, RULE_NEEDS_TWO_WORDS, "SOURCE", "a mount without SOURCE has no device" },
};

static const struct option_rule resume_rules[] = {
	{ "optional", NULL, RULE_NOT_WITH, "force", "with --force every step may fail" },
};

static const struct option_rule wait_ready_rules[] = {
	{ "wait", NULL, RULE_NEVER, NULL, "the guest dials; --timeout is the time limit" },
	{ "connect-timeout", NULL, RULE_NEVER, NULL, "the guest dials; --timeout is the time limit" },
	{ "vm", NULL, RULE_NOT_WITH, "listen", "each is the address that the guest dials" },
};

/* For help and version. */
static const struct option_rule no_guest_rules[] = {
	{ "vm", NULL, RULE_NEVER, NULL, "the command asks no guest" },
	{ "wait", NULL, RULE_NEVER, NULL, "the command asks no guest" },
	{ "connect-timeout", NULL, RULE_NEVER, NULL, "the command asks no guest" },
	{ "timeout", NULL, RULE_NEVER, NULL, "the command asks no guest" },
};
