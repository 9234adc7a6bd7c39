/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of each command that have no effect beside others, as tables; commands.c alone takes them in. The page
 * docs/reference/pith.1.md has them too, and tests/lint/pith-help compares.
 */
#pragma once

#include "host/cli/command.h"

static const struct option_rule exec_rules[] = {
	{ "json", NULL, RULE_NEEDS, "detach", "the exit record is written by --record FILE" },
	{ "open-stdin", NULL, RULE_NEEDS, "detach", "without that the program reads this stdin" },
	{ "open-stdin", NULL, RULE_NOT_WITH, "tty", "a terminal is open for pith stdin and pith attach already" },
	{ "max-output", NULL, RULE_NOT_WITH, "detach", "nobody counts the output of a detached program" },
	{ "no-stdin", NULL, RULE_NOT_WITH, "tty", "a terminal is both" },
	{ "no-stdin", NULL, RULE_NOT_WITH, "detach", "a detached program reads /dev/null already" },
	{ "reattach", NULL, RULE_NOT_WITH, "detach", "no connection is kept; pith attach and pith logs have the option" },
	{ "on-disconnect", NULL, RULE_NOT_WITH, "detach", "a detached program runs on; pith attach has the option" },
	{ "on-disconnect", "hangup", RULE_NEEDS, "tty", "only a terminal hangs up; kill ends the program" },
	{ "grace", NULL, RULE_NEEDS, "timeout", "the grace follows the timeout" },
};

static const struct option_rule attach_rules[] = {
	{ "timeout", NULL, RULE_NEVER, NULL, "exec, shell and wait have the option" },
	{ "from", NULL, RULE_NOT_WITH, "from-start", "each says where to begin" },
};

static const struct option_rule logs_rules[] = {
	{ "stdout-only", NULL, RULE_NOT_WITH, "stderr-only", "nothing would be left" },
	{ "timeout", NULL, RULE_NEEDS, "tail", "only the question for the tail has a timeout; timeout(1) ends a --follow" },
};

static const struct option_rule stdin_rules[] = {
	{ "timeout", NULL, RULE_NEVER, NULL, "a program reads as late as it likes; timeout(1) ends the command" },
};

static const struct option_rule ls_rules[] = {
	{ "long", NULL, RULE_NOT_WITH, "json", "the entries of --json have all fields" },
};

static const struct option_rule cp_rules[] = {
	{ "exclude", NULL, RULE_NEEDS, "recursive", "patterns are about what is in a directory" },
	{ "recursive", NULL, RULE_NOT_WITH_WORD, "-", "stdin and stdout are one file each" },
	{ "reattach", NULL, RULE_NOT_WITH_WORD, "-", "a stream does not begin again" },
};

static const struct option_rule mount_rules[] = {
	{ "wait-device", NULL, RULE_NEEDS_TWO_WORDS, "SOURCE", "there is no device to wait for" },
};

static const struct option_rule resume_rules[] = {
	{ "optional", NULL, RULE_NOT_WITH, "force", "with --force every step may fail" },
};

static const struct option_rule wait_ready_rules[] = {
	{ "wait", NULL, RULE_NEVER, NULL, "the guest dials; --timeout is how long it may take" },
	{ "connect-timeout", NULL, RULE_NEVER, NULL, "the guest dials; --timeout is how long it may take" },
	{ "vm", NULL, RULE_NOT_WITH, "listen", "each says where the guest's dial comes out" },
};

/* Of help and version. */
static const struct option_rule no_guest_rules[] = {
	{ "vm", NULL, RULE_NEVER, NULL, "no guest is asked" },
	{ "wait", NULL, RULE_NEVER, NULL, "no guest is asked" },
	{ "connect-timeout", NULL, RULE_NEVER, NULL, "no guest is asked" },
	{ "timeout", NULL, RULE_NEVER, NULL, "no guest is asked" },
};
