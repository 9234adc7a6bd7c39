/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the way from words to a command of the table. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "help.h"
#include "options.h"

static int usage_error(const char *command, const char *problem)
{
	cmd_say("%s%s%s (pith help%s%s)", command, command[0] ? ": " : "", problem, command[0] ? " " : "", command);
	return STATUS_FAILED;
}

static int unknown_command(const char *name)
{
	const char *nearest = help_nearest_command(name);

	cmd_say(nearest ? "unknown command \"%s\"; did you mean %s?" : "unknown command \"%s\" (pith help)", name,
		nearest);
	return STATUS_FAILED;
}

static int run_command(struct invocation *invocation, char **words)
{
	const struct command *command = invocation->command;
	const struct option_table tables[] = { command->table, global_options };
	char problem[OPTIONS_PROBLEM_MAX];
	int used = options_parse(words, tables, 2, &invocation->settings, problem);

	if (used < 0)
		return usage_error(command->name, problem);
	if (invocation->settings.help) {
		help_print_command(command);
		return cmd_finish_output();
	}
	invocation->arguments = words + used;
	if (command->rule == ARGUMENTS_NONE && words[used])
		return usage_error(command->name, "it takes no arguments");
	if (command->rule == ARGUMENTS_NEEDED && !words[used])
		return usage_error(command->name, "what shall run?");
	return command->run(invocation);
}

static int run(struct invocation *invocation, char **words)
{
	char problem[OPTIONS_PROBLEM_MAX];
	int used;

	/* As all the world spells it. */
	if (words[0] && strcmp(words[0], "--version") == 0)
		return cmd_version(invocation);
	used = options_parse(words, &global_options, 1, &invocation->settings, problem);
	if (used < 0)
		return usage_error("", problem);
	words += used;
	if (invocation->settings.help) {
		help_print_overview();
		return cmd_finish_output();
	}
	if (!words[0])
		return usage_error("", "which command?");
	invocation->command = command_find(words[0]);
	if (!invocation->command)
		return unknown_command(words[0]);
	return run_command(invocation, words + 1);
}

/* Else the next file or socket that is opened would become stdin, stdout or stderr. */
static void open_missing_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	struct invocation invocation = { .settings = { .count = 1 } };
	int status;

	if (argc < 1)
		return STATUS_FAILED;
	open_missing_fds();
	invocation.settings.env.items = calloc((size_t)argc + 1, sizeof(char *));
	if (!invocation.settings.env.items) {
		cmd_say("there is no memory left");
		return STATUS_FAILED;
	}
	status = run(&invocation, argv + 1);
	free(invocation.settings.env.items);
	return status;
}
