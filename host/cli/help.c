/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the look of the help. Never: knows a command or an option by name. */
#include "host/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/cmd.h"
#include "host/cli/suggest.h"

#define LINE_COLUMNS 100
#define TEXT_COLUMN 32

/* Words of text from TEXT_COLUMN on, broken before LINE_COLUMNS; the cursor is at column. */
static void print_wrapped(const char *text, int column)
{
	bool first = true;

	if (column >= TEXT_COLUMN - 1) {
		putchar('\n');
		column = 0;
	}
	column += printf("%*s", TEXT_COLUMN - column, "");
	while (*text) {
		int len = (int)strcspn(text, " ");

		if (!first && column + 1 + len > LINE_COLUMNS) {
			column = printf("\n%*s", TEXT_COLUMN, "") - 1;
			first = true;
		}
		column += printf("%s%.*s", first ? "" : " ", len, text);
		first = false;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_options(const char *title, const struct option_table *table)
{
	if (table->count == 0)
		return;
	printf("\n%s\n", title);
	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->options[i];
		int column;

		if (option->letter)
			column = printf("  -%c, --%s", option->letter, option->name);
		else
			column = printf("      --%s", option->name);
		if (option->argument)
			column += printf(" %s", option->argument);
		print_wrapped(option->help, column);
	}
}

void help_print_overview(const struct command_table *all)
{
	printf("Usage: pith [OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n\n"
	       "Talks to the pith agent in a microVM.\n\nCommands:\n");
	for (size_t i = 0; i < all->count; i++)
		print_wrapped(all->commands[i].summary, printf("  %s", all->commands[i].name));
	print_options("Options, before or after the command:", &all->options);
	printf("\n`pith help COMMAND` shows the options of a command. TIME is a number with a unit (500ms, 3s, 2m),\n"
	       "SIZE a number of bytes, also with a unit (64K, 16M). "
	       "Every failure of pith itself ends with status %d and one line on stderr.\n",
	       STATUS_FAILED);
}

void help_print_command(const struct command_table *all, const struct command *command)
{
	printf("Usage: pith [OPTION]... %s%s%s%s\n\n%c%s.\n", command->name, command->table.count ? " [OPTION]..." : "",
	       command->arguments[0] ? " " : "", command->arguments, command->summary[0] - 'a' + 'A',
	       command->summary + 1);
	if (command->details[0])
		printf("\n%s", command->details);
	print_options("Options:", &command->table);
	print_options("Options of all commands:", &all->options);
}

const char *help_nearest_command(const struct command_table *all, const char *name)
{
	const char *best = NULL;
	size_t distance = SIZE_MAX;

	for (size_t i = 0; i < all->count; i++) {
		if (suggest_is_better(name, all->commands[i].name, &distance))
			best = all->commands[i].name;
	}
	return best;
}

int cmd_help(const struct invocation *invocation)
{
	const struct command_table *all = invocation->all;
	const char *name = invocation->arguments[0];
	const struct command *command = name ? command_find(all, name) : NULL;

	if (name && !command) {
		const char *nearest = help_nearest_command(all, name);

		cmd_say(nearest ? "unknown command \"%s\"; did you mean %s?" : "unknown command \"%s\"", name, nearest);
		return STATUS_FAILED;
	}
	if (command)
		help_print_command(all, command);
	else
		help_print_overview(all);
	for (size_t i = 0; invocation->settings.all && i < all->count; i++) {
		putchar('\n');
		help_print_command(all, &all->commands[i]);
	}
	return cmd_finish_output();
}

int cmd_version(const struct invocation *invocation)
{
	(void)invocation;
	printf("pith %s\n", pith_version());
	return cmd_finish_output();
}
