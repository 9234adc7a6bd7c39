/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tables: a command or an option is a row here and nothing else, apart from the function that does it. */
#include "command.h"

#include <string.h>

#include "cleanup.h"
#include "cmd.h"

#define SETTING(member) offsetof(struct settings, member)
#define TABLE(options)                       \
	{                                    \
		options, ARRAY_SIZE(options) \
	}

static const struct option globals[] = {
	{ "vm", 0, OPTION_TEXT, "ADDR", SETTING(vm),
	  "where the guest is: vsock:CID[:PORT], hybrid:/path[:PORT] or unix:/path; else $PITH_VM; else, inside a "
	  "guest, its own agent" },
	{ "wait", 0, OPTION_DURATION, "TIME", SETTING(wait_ms),
	  "try again for that long while the guest is not there yet" },
	{ "connect-timeout", 0, OPTION_DURATION, "TIME", SETTING(connect_timeout_ms),
	  "one attempt to connect, its hello included, may take that long (10s)" },
	{ "timeout", 0, OPTION_DURATION, "TIME", SETTING(timeout_ms),
	  "the answer may take that long (10s); of exec: kill the program after that long and exit with 124 (never)" },
	{ "help", 'h', OPTION_FLAG, NULL, SETTING(help), "show this help" },
};

static const struct option ping_options[] = {
	{ "count", 'c', OPTION_COUNT, "N", SETTING(count),
	  "ping that often, one after the other, and show min, median and max" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print one line of JSON" },
};

static const struct option info_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's answer as it is, one line of JSON" },
};

static const struct option exec_options[] = {
	{ "env", 'e', OPTION_TEXTS, "NAME[=VALUE]", SETTING(env),
	  "set a variable of the program's environment; without a value, the one it has here; may be repeated" },
	{ "clean-env", 0, OPTION_FLAG, NULL, SETTING(clean_env),
	  "start from an empty environment instead of the guest's" },
	{ "cwd", 'C', OPTION_TEXT, "DIR", SETTING(cwd), "working directory, absolute (/)" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this exec in the guest" },
	{ "on-disconnect", 0, OPTION_TEXT, "CHOICE", SETTING(on_disconnect),
	  "keep or kill: what happens to the program and its descendants when this pith goes away before they have "
	  "ended (keep)" },
	{ "no-stdin", 'n', OPTION_FLAG, NULL, SETTING(no_stdin),
	  "the program reads /dev/null, and stdin is left alone" },
	{ "max-output", 0, OPTION_SIZE, "SIZE", SETTING(max_output_bytes),
	  "kill the program when stdout and stderr together pass SIZE, and exit with 125" },
	{ "record", 0, OPTION_TEXT, "FILE", SETTING(record),
	  "write the exit record, or pith's error, to FILE as one line of JSON" },
};

static const struct option help_options[] = {
	{ "all", 0, OPTION_FLAG, NULL, SETTING(all), "show the help of every command" },
};

const struct command commands[] = {
	{ "ping", "", "ask the agent for a sign of life", "", ARGUMENTS_NONE, TABLE(ping_options), cmd_ping },
	{ "info", "", "show the guest: versions, memory, the agent, the boot timeline", "", ARGUMENTS_NONE,
	  TABLE(info_options), cmd_info },
	{ "exec", "[--] PROGRAM [ARGUMENT]...", "run a program in the guest",
	  "Options end at the first word that is none. Stdin, stdout, stderr, the exit status and the signals HUP,\n"
	  "INT, QUIT, USR1, USR2 and TERM pass through as with ssh. Where the program's end is not an exit status:\n"
	  "128+N for signal N, 127 for no such program, 126 for one that cannot be executed, 124 after --timeout,\n"
	  "and 125 for every failure of pith itself.\n",
	  ARGUMENTS_NEEDED, TABLE(exec_options), cmd_exec },
	{ "poweroff", "", "power the guest off in good order", "", ARGUMENTS_NONE, { NULL, 0 }, cmd_poweroff },
	{ "reboot", "", "reboot the guest in good order", "", ARGUMENTS_NONE, { NULL, 0 }, cmd_reboot },
	{ "help", "[COMMAND]", "show this help, or that of a command", "", ARGUMENTS_MAY_BE, TABLE(help_options),
	  cmd_help },
	{ "version", "", "show the version of this pith", "", ARGUMENTS_NONE, { NULL, 0 }, cmd_version },
};

const size_t command_count = ARRAY_SIZE(commands);
const struct option_table global_options = TABLE(globals);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}
