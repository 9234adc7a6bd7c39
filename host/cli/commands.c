/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the tables: a command is a row here, an option one in option_rows.h, what has no effect beside what one in rule_rows.h, and
 * nothing else, apart from the function that does it.
 */
#include "host/cli/command.h"

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/option_rows.h"
#include "host/cli/rule_rows.h"

#define TABLE(options)                       \
	{                                    \
		options, ARRAY_SIZE(options) \
	}

#define NO_RULES    \
	{           \
		NULL, 0 \
	}

static const struct command commands[] = {
	{ "ping", "", "ask the agent for a sign of life", "", ARGUMENTS_NONE, TABLE(ping_options), cmd_ping, NO_RULES },
	{ "info", "", "show the guest: versions, memory, the agent, the boot timeline", "", ARGUMENTS_NONE,
	  TABLE(info_options), cmd_info, NO_RULES },
	{ "exec", "[--] PROGRAM [ARGUMENT]...", "run a program in the guest",
	  "Options end at the first word that is none. Stdin, stdout, stderr, the exit status and the signals HUP,\n"
	  "INT, QUIT, USR1, USR2 and TERM pass through as with ssh. Where the program's end is not an exit status:\n"
	  "128+N for signal N, 127 for no such program, 126 for one that cannot be executed, 124 after --timeout,\n"
	  "and 125 for every failure of pith itself.\n",
	  ARGUMENTS_PROGRAM, TABLE(exec_options), cmd_exec, TABLE(exec_rules) },
	{ "shell", "[--] [PROGRAM [ARGUMENT]...]", "run a login shell, or PROGRAM, in this terminal",
	  "At the beginning of a line, ~. leaves and the shell runs on, ~^Z suspends pith, ~~ sends a ~, ~? helps.\n",
	  ARGUMENTS_PROGRAM_MAY_BE, TABLE(shell_options), cmd_shell, NO_RULES },
	{ "attach", "ID", "come back to an exec: its output, its terminal, its status",
	  "At a terminal, ~. at the beginning of a line leaves it again.\n", ARGUMENTS_ID, TABLE(attach_options),
	  cmd_attach, TABLE(attach_rules) },
	{ "ps", "", "list the execs", "", ARGUMENTS_NONE, TABLE(ps_options), cmd_ps, NO_RULES },
	{ "wait", "ID", "wait for an exec's end and exit with its status", "", ARGUMENTS_ID, TABLE(wait_options),
	  cmd_wait, NO_RULES },
	{ "kill", "ID...", "kill execs with all their descendants", "", ARGUMENTS_IDS, TABLE(kill_options), cmd_kill, NO_RULES },
	{ "logs", "ID", "show what is kept of an exec's output", "", ARGUMENTS_ID, TABLE(logs_options), cmd_logs, TABLE(logs_rules) },
	{ "stdin", "ID", "write to the stdin of an exec", "", ARGUMENTS_ID, TABLE(stdin_options), cmd_stdin, TABLE(stdin_rules) },
	{ "forget", "ID...", "forget ended execs and their output", "", ARGUMENTS_IDS, TABLE(forget_options),
	  cmd_forget, NO_RULES },
	{ "env",
	  "set NAME[=VALUE]... | clear",
	  "what every later exec inherits",
	  "`set` replaces all that was set before. Values cannot be read back.\n",
	  ARGUMENTS_WORDS,
	  TABLE(env_options),
	  cmd_env, NO_RULES },
	{ "cat", "PATH...", "write files of the guest to stdout", "", ARGUMENTS_PATHS, TABLE(where_options), cmd_cat, NO_RULES },
	{ "ls", "[PATH...]", "list directories of the guest", "", ARGUMENTS_MAY_BE, TABLE(ls_options), cmd_ls, TABLE(ls_rules) },
	{ "stat", "PATH...", "show the state of files of the guest", "", ARGUMENTS_PATHS, TABLE(stat_options),
	  cmd_stat, NO_RULES },
	{ "mkdir", "PATH...", "make directories in the guest", "", ARGUMENTS_PATHS, TABLE(mkdir_options), cmd_mkdir, NO_RULES },
	{ "rm", "PATH...", "remove files and directories of the guest", "", ARGUMENTS_PATHS, TABLE(rm_options), cmd_rm, NO_RULES },
	{ "mv", "FROM TO", "rename in the guest", "", ARGUMENTS_TWO_PATHS, TABLE(mv_options), cmd_mv, NO_RULES },
	{ "cp", "FROM... TO", "copy between here and the guest",
	  "A path that begins with a colon is the guest's, all others are here; - is stdin or stdout. Modes and times\n"
	  "of last modification go along. A large file that broke off goes on where it was when it is started again.\n",
	  ARGUMENTS_FROM_TO, TABLE(cp_options), cmd_cp, TABLE(cp_rules) },
	{ "sync", "FROM TO", "make a directory the same as one on the other side",
	  "One of both is the guest's, with a colon before its path. TO gets what FROM has, and not a directory of its name.\n",
	  ARGUMENTS_TWO_PATHS, TABLE(sync_options), cmd_sync, NO_RULES },
	{ "diff", "[FILE]", "write what the guest changed of its image, as an archive",
	  "The archive is a layer as in OCI images: what is gone is an empty file .wh.NAME. Without FILE it goes to stdout.\n"
	  "The guest's root must be an overlay (pith.overlay=).\n",
	  ARGUMENTS_MAY_BE, TABLE(changes_options), cmd_diff, NO_RULES },
	{ "apply", "FILE", "put the changes of another guest, written by diff, on this one",
	  "FILE is the archive, - is stdin.\n", ARGUMENTS_PATH, TABLE(changes_options), cmd_apply, NO_RULES },
	{ "du", "PATH...", "show how much room trees of the guest take", "", ARGUMENTS_PATHS, TABLE(du_options),
	  cmd_du, NO_RULES },
	{ "edit", "PATH", "edit a file of the guest with $VISUAL or $EDITOR", "", ARGUMENTS_PATH, TABLE(where_options),
	  cmd_edit, NO_RULES },
	{ "watch", "PATH", "tell what changes in a directory of the guest", "", ARGUMENTS_PATH, TABLE(watch_options),
	  cmd_watch, NO_RULES },
	{ "network", "[get | set FILE]", "show the guest's network, or make it what FILE says",
	  "FILE is a document as docs/guide/network.md has it, - is stdin. What fails is told, and the status is 1 then.\n",
	  ARGUMENTS_MAY_BE, TABLE(network_options), cmd_network, NO_RULES },
	{ "configure", "FILE", "make the guest what a document says", "- is stdin.\n", ARGUMENTS_PATH, TABLE(configure_options),
	  cmd_configure, NO_RULES },
	{ "configuration", "", "show what the guest is configured to be, and from where", "", ARGUMENTS_NONE,
	  TABLE(configuration_options), cmd_configuration, NO_RULES },
	{ "mount", "[SOURCE] TARGET", "mount in the guest",
	  "SOURCE is a path of the guest, LABEL=…, UUID=…, or a tag of virtiofs or 9p.\n", ARGUMENTS_PATHS, TABLE(mount_options),
	  cmd_mount, TABLE(mount_rules) },
	{ "unmount", "TARGET", "unmount in the guest, or tell who holds it", "", ARGUMENTS_PATH, TABLE(unmount_options),
	  cmd_unmount, NO_RULES },
	{ "mounts", "", "list what is mounted in the guest", "", ARGUMENTS_NONE, TABLE(mounts_options), cmd_mounts, NO_RULES },
	{ "wait-ready", "", "wait until a guest that boots tells that it serves",
	  "The guest was booted with pith.notify=PORT. Start this first, or within some seconds: the guest tries again.\n"
	  "Exits with 124 when the time is over (60s).\n",
	  ARGUMENTS_NONE, TABLE(wait_ready_options), cmd_wait_ready, TABLE(wait_ready_rules) },
	{ "boot-time", "", "show what each step of the guest's boot took, as bars", "", ARGUMENTS_NONE, TABLE(boot_time_options),
	  cmd_boot_time, NO_RULES },
	{ "quiesce", "", "make the guest stand still for a snapshot",
	  "Its programs are frozen and its file systems written, until `thaw`, `resume`, or the time is over.\n",
	  ARGUMENTS_NONE, TABLE(quiesce_options), cmd_quiesce, NO_RULES },
	{ "keepalive", "", "let a guest stand still for longer", "", ARGUMENTS_NONE, TABLE(keepalive_options),
	  cmd_keepalive, NO_RULES },
	{ "thaw", "", "let a guest that stands still go on: no snapshot", "", ARGUMENTS_NONE, TABLE(thaw_options), cmd_thaw, NO_RULES },
	{ "resume", "", "make a guest itself again behind a snapshot, and let it go on",
	  "It gets entropy and the time, its file systems are thawed, old connections end, it becomes who it is to be;\n"
	  "then its programs run. Where a step fails they stay frozen, and the step is named.\n",
	  ARGUMENTS_NONE, TABLE(resume_options), cmd_resume, TABLE(resume_rules) },
	{ "snapshot-status", "", "show whether the guest stands still, and what was done last", "", ARGUMENTS_NONE,
	  TABLE(snapshot_status_options), cmd_snapshot_status, NO_RULES },
	{ "dmesg", "", "show the kernel's log", "", ARGUMENTS_NONE, TABLE(dmesg_options), cmd_dmesg, NO_RULES },
	{ "agent-log", "", "show what PID 1 and the agent said", "", ARGUMENTS_NONE, TABLE(agent_log_options), cmd_agent_log, NO_RULES },
	{ "upgrade", "FILE", "put another agent in the place of the one that serves",
	  "Programs, terminals and their output go on. The guest must have been booted with pith.upgrade=. If the new agent does not\n"
	  "come up, the old one serves again, and the status is 125.\n",
	  ARGUMENTS_PATH, { NULL, 0 }, cmd_upgrade, NO_RULES },
	{ "poweroff", "", "power the guest off in good order", "", ARGUMENTS_NONE, TABLE(power_options), cmd_poweroff, NO_RULES },
	{ "reboot", "", "reboot the guest in good order", "", ARGUMENTS_NONE, TABLE(power_options), cmd_reboot, NO_RULES },
	{ "halt", "", "halt the guest in good order", "", ARGUMENTS_NONE, TABLE(power_options), cmd_halt, NO_RULES },
	{ "help", "[COMMAND]", "show this help, or that of a command", "", ARGUMENTS_MAY_BE, TABLE(help_options),
	  cmd_help, TABLE(no_guest_rules) },
	{ "version", "", "show the version of this pith", "", ARGUMENTS_NONE, { NULL, 0 }, cmd_version, TABLE(no_guest_rules) },
};

const struct command_table commands_all = { commands, ARRAY_SIZE(commands), TABLE(globals) };
