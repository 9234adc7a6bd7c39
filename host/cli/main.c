/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the parsing of the command line: from its words to a command of the table. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cmd.h"
#include "host/cli/complete.h"
#include "host/cli/help.h"
#include "host/cli/options.h"
#include "host/cli/rules.h"

static int usage_error(const char *command, const char *problem)
{
	cmd_say("%s%s%s (pith help%s%s)", command, command[0] ? ": " : "", problem, command[0] ? " " : "", command);
	return STATUS_FAILED;
}

static int unknown_command(const struct command_table *all, const char *name)
{
	const char *nearest = help_nearest_command(all, name);

	cmd_say(nearest ? "unknown command \"%s\"; did you mean %s?" : "unknown command \"%s\" (pith help)", name,
		nearest);
	return STATUS_FAILED;
}

static bool options_end_at_first_word(enum argument_rule rule)
{
	return rule == ARGUMENTS_PROGRAM || rule == ARGUMENTS_PROGRAM_MAY_BE;
}

/* Moves words that are not options to the front of words. Returns their number, or -1 with a sentence in problem. */
static int take_words(struct invocation *invocation, char **words, char *problem)
{
	const struct option_table tables[] = { invocation->command->table, invocation->all->options };
	int count = 0, at = 0;

	for (;;) {
		int used = options_parse(words + at, tables, 2, &invocation->settings, problem);

		if (used < 0)
			return -1;
		at += used;
		if (!words[at])
			break;
		if (options_end_at_first_word(invocation->command->rule) ||
		    (used > 0 && strcmp(words[at - 1], "--") == 0)) {
			for (; words[at]; at++)
				words[count++] = words[at];
			break;
		}
		words[count++] = words[at++];
	}
	words[count] = NULL;
	return count;
}

static const char *argument_problem(enum argument_rule rule, int count)
{
	switch (rule) {
	case ARGUMENTS_NONE:
		return count > 0 ? "it takes no arguments" : NULL;
	case ARGUMENTS_PROGRAM:
		return count == 0 ? "what shall run?" : NULL;
	case ARGUMENTS_ID:
		return count == 0 ? "which exec? pith ps lists them" : count > 1 ? "it takes one ID" : NULL;
	case ARGUMENTS_IDS:
		return count == 0 ? "which exec? pith ps lists them" : NULL;
	case ARGUMENTS_WORDS:
		return count == 0 ? "it needs arguments" : NULL;
	case ARGUMENTS_PATH:
		return count == 0 ? "which path?" : count > 1 ? "it takes one path" : NULL;
	case ARGUMENTS_PATHS:
		return count == 0 ? "which path?" : NULL;
	case ARGUMENTS_TWO_PATHS:
		return count != 2 ? "it takes two paths: from and to" : NULL;
	case ARGUMENTS_FROM_TO:
		return count < 2 ? "it needs a path to copy from and one to copy to" : NULL;
	case ARGUMENTS_MAY_BE:
	case ARGUMENTS_PROGRAM_MAY_BE:
		return NULL;
	}
	return NULL;
}

static int run_command(struct invocation *invocation, char **words)
{
	const struct command *command = invocation->command;
	char problem[OPTIONS_PROBLEM_MAX];
	int count = take_words(invocation, words, problem);
	const char *wrong;

	if (count < 0)
		return usage_error(command->name, problem);
	if (invocation->settings.help) {
		help_print_command(invocation->all, command);
		return cmd_finish_output();
	}
	invocation->arguments = words;
	wrong = argument_problem(command->rule, count);
	if (wrong)
		return usage_error(command->name, wrong);
	if (!rules_check(invocation, problem))
		return usage_error(command->name, problem);
	return command->run(invocation);
}

static int run(struct invocation *invocation, char **words)
{
	char problem[OPTIONS_PROBLEM_MAX];
	int used;

	/* The usual spelling of `pith version`. */
	if (words[0] && strcmp(words[0], "--version") == 0)
		return cmd_version(invocation);
	/* Called by the completion scripts of shells. Not in the table, as the words after it are not options of this command. */
	if (words[0] && strcmp(words[0], "complete") == 0)
		return complete_line(words + 1);
	used = options_parse(words, &invocation->all->options, 1, &invocation->settings, problem);
	if (used < 0)
		return usage_error("", problem);
	words += used;
	if (invocation->settings.help) {
		help_print_overview(invocation->all);
		return cmd_finish_output();
	}
	if (!words[0])
		return usage_error("", "which command?");
	invocation->command = command_find(invocation->all, words[0]);
	if (!invocation->command)
		return unknown_command(invocation->all, words[0]);
	return run_command(invocation, words + 1);
}

/* Without these, the next opened file or socket would become stdin, stdout or stderr. */
static void open_missing_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	struct invocation invocation = {
		.all = &commands_all,
		.settings = {
			.count = 1,
			.grace_ms = -1,
			.reattach_ms = -1,
			.swap_bytes = SETTING_NOT_GIVEN,
			.umask = SETTING_NOT_GIVEN,
			.tail_bytes = SETTING_NOT_GIVEN,
		},
	};
	struct settings *settings = &invocation.settings;
	size_t room;
	const char **items;
	int status;

	if (argc < 1)
		return STATUS_FAILED;
	open_missing_fds();
	room = (size_t)argc + 1;
	items = calloc(7 * room, sizeof(*items));
	if (!items) {
		cmd_say("there is no memory left");
		return STATUS_FAILED;
	}
	settings->env.items = items;
	settings->ulimits.items = items + room;
	settings->capabilities.items = items + 2 * room;
	settings->exclude.items = items + 3 * room;
	settings->optional.items = items + 4 * room;
	settings->mount_options.items = items + 5 * room;
	settings->given.items = items + 6 * room;
	status = run(&invocation, argv + 1);
	free(items);
	return status;
}
