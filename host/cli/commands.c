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
	{ "ping", "", "check that the agent answers, and measure the round trip", "",
	  ARGUMENTS_NONE, TABLE(ping_options), cmd_ping, NO_RULES },
	{ "info", "", "show the guest: versions, memory, the agent, the boot timeline", "", ARGUMENTS_NONE,
	  TABLE(info_options), cmd_info, NO_RULES },
	{ "exec", "[--] PROGRAM [ARGUMENT]...", "run a program in the guest",
	  "Options end at the first word that is not an option. Stdin, stdout, stderr, the exit status and the signals\n"
	  "HUP, INT, QUIT, USR1, USR2 and TERM pass through as with ssh. Other exit statuses: 128+N if signal N ended the\n"
	  "program, 127 if there is no such program, 126 if the program cannot be executed, 124 after --timeout,\n"
	  "and 125 for every failure of pith itself.\n",
	  ARGUMENTS_PROGRAM, TABLE(exec_options), cmd_exec, TABLE(exec_rules) },
	{ "shell", "[--] [PROGRAM [ARGUMENT]...]", "run a login shell, or PROGRAM, in this terminal",
	  "At the beginning of a line, ~. leaves and the shell runs on, ~^Z suspends pith, ~~ sends a ~,\n"
	  "~? lists these keys.\n",
	  ARGUMENTS_PROGRAM_MAY_BE, TABLE(shell_options), cmd_shell, NO_RULES },
	{ "attach", "ID", "connect to an exec again: its output, its terminal, its exit status",
	  "At a terminal, ~. at the beginning of a line leaves the exec, which runs on.\n", ARGUMENTS_ID, TABLE(attach_options),
	  cmd_attach, TABLE(attach_rules) },
	{ "ps", "", "list the execs", "", ARGUMENTS_NONE, TABLE(ps_options), cmd_ps, NO_RULES },
	{ "wait", "ID", "wait for an exec's end and exit with the program's status", "", ARGUMENTS_ID, TABLE(wait_options),
	  cmd_wait, NO_RULES },
	{ "kill", "ID...", "kill execs with all their descendants", "", ARGUMENTS_IDS, TABLE(kill_options), cmd_kill, NO_RULES },
	{ "logs", "ID", "show the output that the agent keeps of an exec", "",
	  ARGUMENTS_ID, TABLE(logs_options), cmd_logs, TABLE(logs_rules) },
	{ "stdin", "ID", "write to the stdin of an exec", "", ARGUMENTS_ID, TABLE(stdin_options), cmd_stdin, TABLE(stdin_rules) },
	{ "forget", "ID...", "forget ended execs and their output", "", ARGUMENTS_IDS, TABLE(forget_options),
	  cmd_forget, NO_RULES },
	{ "env",
	  "set NAME[=VALUE]... | clear",
	  "set the environment variables that every later exec inherits",
	  "`set` replaces all variables that were set before. Values cannot be read back.\n",
	  ARGUMENTS_WORDS,
	  TABLE(env_options),
	  cmd_env, NO_RULES },
	{ "cat", "PATH...", "write files of the guest to stdout", "", ARGUMENTS_PATHS, TABLE(where_options), cmd_cat, NO_RULES },
	{ "ls", "[PATH...]", "list directories of the guest", "", ARGUMENTS_MAY_BE, TABLE(ls_options), cmd_ls, TABLE(ls_rules) },
	{ "stat", "PATH...", "show the state of files of the guest", "", ARGUMENTS_PATHS, TABLE(stat_options),
	  cmd_stat, NO_RULES },
	{ "mkdir", "PATH...", "make directories in the guest", "", ARGUMENTS_PATHS, TABLE(mkdir_options), cmd_mkdir, NO_RULES },
	{ "rm", "PATH...", "remove files and directories of the guest", "", ARGUMENTS_PATHS, TABLE(rm_options), cmd_rm, NO_RULES },
	{ "mv", "FROM TO", "rename a file or directory in the guest", "", ARGUMENTS_TWO_PATHS, TABLE(mv_options), cmd_mv, NO_RULES },
	{ "cp", "FROM... TO", "copy files between the host and the guest",
	  "A path that begins with a colon is the guest's, all others are local; - is stdin or stdout. Modes and times\n"
	  "of last modification are copied too. After a broken transfer of a large file, the next cp of this file goes on\n"
	  "at the byte where the transfer ended.\n",
	  ARGUMENTS_FROM_TO, TABLE(cp_options), cmd_cp, TABLE(cp_rules) },
	{ "sync", "FROM TO", "make the directory TO equal to the directory FROM",
	  "One of the two is the guest's, with a colon before its path. The entries of FROM go into TO itself, not into a\n"
	  "subdirectory with FROM's name.\n",
	  ARGUMENTS_TWO_PATHS, TABLE(sync_options), cmd_sync, NO_RULES },
	{ "diff", "[FILE]", "write the guest's changes to its image as an archive",
	  "The archive is a layer as in OCI images: an empty file .wh.NAME stands for a removed NAME. Without FILE, pith\n"
	  "writes the archive to stdout.\n"
	  "The guest's root must be an overlay (pith.overlay=).\n",
	  ARGUMENTS_MAY_BE, TABLE(changes_options), cmd_diff, NO_RULES },
	{ "apply", "FILE", "apply an archive of changes, written by diff, to this guest",
	  "FILE is the archive, - is stdin.\n", ARGUMENTS_PATH, TABLE(changes_options), cmd_apply, NO_RULES },
	{ "du", "PATH...", "show the disk usage of directories of the guest", "", ARGUMENTS_PATHS, TABLE(du_options),
	  cmd_du, NO_RULES },
	{ "edit", "PATH", "edit a file of the guest with $VISUAL or $EDITOR", "", ARGUMENTS_PATH, TABLE(where_options),
	  cmd_edit, NO_RULES },
	{ "watch", "PATH", "print the changes in a directory of the guest", "", ARGUMENTS_PATH, TABLE(watch_options),
	  cmd_watch, NO_RULES },
	{ "network", "[get | set FILE]", "show the guest's network, or configure it from FILE",
	  "FILE is a document as in docs/guide/network.md, - is stdin. Each failure is reported, and the status is then 1.\n",
	  ARGUMENTS_MAY_BE, TABLE(network_options), cmd_network, NO_RULES },
	{ "configure", "FILE", "configure the guest from a document",
	  "FILE is a document as in docs/guide/configuration.md, - is stdin.\n",
	  ARGUMENTS_PATH, TABLE(configure_options),
	  cmd_configure, NO_RULES },
	{ "configuration", "", "show the guest's configuration, and the layer of each value", "", ARGUMENTS_NONE,
	  TABLE(configuration_options), cmd_configuration, NO_RULES },
	{ "mount", "[SOURCE] TARGET", "mount a file system in the guest",
	  "SOURCE is a path of the guest, LABEL=…, UUID=…, or a tag of virtiofs or 9p.\n", ARGUMENTS_PATHS, TABLE(mount_options),
	  cmd_mount, TABLE(mount_rules) },
	{ "unmount", "TARGET", "unmount a file system in the guest, or name the processes that use it", "",
	  ARGUMENTS_PATH, TABLE(unmount_options),
	  cmd_unmount, NO_RULES },
	{ "mounts", "", "list the mounts of the guest", "", ARGUMENTS_NONE, TABLE(mounts_options), cmd_mounts, NO_RULES },
	{ "wait-ready", "", "wait until a booting guest reports that its agent is ready",
	  "The guest must be booted with pith.notify=PORT. Start this command before the guest, or a few seconds later: the\n"
	  "guest dials again. Exits with 124 after --timeout (60s).\n",
	  ARGUMENTS_NONE, TABLE(wait_ready_options), cmd_wait_ready, TABLE(wait_ready_rules) },
	{ "boot-time", "", "show the time of each step of the guest's boot, as bars", "", ARGUMENTS_NONE, TABLE(boot_time_options),
	  cmd_boot_time, NO_RULES },
	{ "quiesce", "", "freeze the guest for a snapshot",
	  "The guest's programs and file systems are frozen until `thaw`, `resume`, or the end of --ttl.\n",
	  ARGUMENTS_NONE, TABLE(quiesce_options), cmd_quiesce, NO_RULES },
	{ "keepalive", "", "keep a quiesced guest frozen for longer", "", ARGUMENTS_NONE, TABLE(keepalive_options),
	  cmd_keepalive, NO_RULES },
	{ "thaw", "", "end a quiesce without a restore: let the guest run on", "",
	  ARGUMENTS_NONE, TABLE(thaw_options), cmd_thaw, NO_RULES },
	{ "resume", "", "give a restored guest its own identity, and let it run",
	  "The guest gets entropy, the time, its names and its network, its file systems are thawed and old connections\n"
	  "end; then the guest's programs run. If a step fails, the programs stay frozen, and the error names the step.\n",
	  ARGUMENTS_NONE, TABLE(resume_options), cmd_resume, TABLE(resume_rules) },
	{ "snapshot-status", "", "show whether the guest is quiesced, and the last snapshot request", "", ARGUMENTS_NONE,
	  TABLE(snapshot_status_options), cmd_snapshot_status, NO_RULES },
	{ "dmesg", "", "show the kernel's log", "", ARGUMENTS_NONE, TABLE(dmesg_options), cmd_dmesg, NO_RULES },
	{ "agent-log", "", "show the log of PID 1 and of the agent", "",
	  ARGUMENTS_NONE, TABLE(agent_log_options), cmd_agent_log, NO_RULES },
	{ "upgrade", "FILE", "replace the running agent by the agent in FILE",
	  "Programs, terminals and their output go on. The guest must have been booted with pith.upgrade=. If the new agent does not\n"
	  "start, the old agent serves again, and the status is 125.\n",
	  ARGUMENTS_PATH, { NULL, 0 }, cmd_upgrade, NO_RULES },
	{ "poweroff", "", "end the guest's programs, unmount, and power off", "",
	  ARGUMENTS_NONE, TABLE(power_options), cmd_poweroff, NO_RULES },
	{ "reboot", "", "end the guest's programs, unmount, and reboot", "", ARGUMENTS_NONE, TABLE(power_options), cmd_reboot, NO_RULES },
	{ "halt", "", "end the guest's programs, unmount, and halt", "", ARGUMENTS_NONE, TABLE(power_options), cmd_halt, NO_RULES },
	{ "help", "[COMMAND]", "show this help, or the help of a command", "", ARGUMENTS_MAY_BE, TABLE(help_options),
	  cmd_help, TABLE(no_guest_rules) },
	{ "version", "", "show the version of this pith", "", ARGUMENTS_NONE, { NULL, 0 }, cmd_version, TABLE(no_guest_rules) },
};

const struct command_table commands_all = { commands, ARRAY_SIZE(commands), TABLE(globals) };
