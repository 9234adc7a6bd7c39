/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the options of each command; commands.c alone includes this file. */
#pragma once

#include <stddef.h>

#include "host/cli/command.h"

#define SETTING(member) offsetof(struct settings, member)
#define REATTACH_HELP                                                                                               \
	"dial again for this time after the connection is lost, and go on at the same byte; 0 for never (10s)"
#define ANSWER_OPTION                                                                                              \
	{                                                                                                          \
		"json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's reply unchanged, one line of JSON" \
	}

static const struct option globals[] = {
	{ "vm", 0, OPTION_TEXT, "ADDR", SETTING(vm),
	  "where the guest is: vsock:CID[:PORT], hybrid:/path[:PORT] or unix:/path; else $PITH_VM; else, inside a "
	  "guest, the agent of this guest" },
	{ "wait", 0, OPTION_DURATION, "TIME", SETTING(wait_ms),
	  "try to connect for this time while the agent does not answer yet" },
	{ "connect-timeout", 0, OPTION_DURATION, "TIME", SETTING(connect_timeout_ms),
	  "time limit of one attempt to connect, up to the agent's hello (10s)" },
	{ "timeout", 0, OPTION_DURATION, "TIME", SETTING(timeout_ms),
	  "time limit of the reply (10s); of exec and shell: end the program after this time and exit with 124 "
	  "(never); of wait: stop waiting after this time (never)" },
	{ "help", 'h', OPTION_FLAG, NULL, SETTING(help), "show this help" },
};

static const struct option ping_options[] = {
	{ "count", 'c', OPTION_COUNT, "N", SETTING(count),
	  "send N pings, one after the other, and show minimum, median and maximum" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print one line of JSON" },
};

static const struct option info_options[] = {
	ANSWER_OPTION,
};

static const struct option exec_options[] = {
	{ "env", 'e', OPTION_TEXTS, "NAME[=VALUE]", SETTING(env),
	  "set a variable of the program's environment; without a value, the one it has here; may be repeated" },
	{ "clean-env", 0, OPTION_FLAG, NULL, SETTING(clean_env),
	  "start from an empty environment instead of the guest's" },
	{ "cwd", 'C', OPTION_TEXT, "DIR", SETTING(cwd),
	  "working directory, absolute (the user's home with --user, else /)" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this exec in the guest" },
	{ "user", 'u', OPTION_TEXT, "USER", SETTING(user), "run as name, uid, name:group or uid:gid of the guest (0)" },
	{ "detach", 'd', OPTION_FLAG, NULL, SETTING(detach), "print the exec's id when the program runs, and exit; the program runs on" },
	{ "open-stdin", 0, OPTION_FLAG, NULL, SETTING(open_stdin),
	  "with --detach: the program's stdin is a pipe, for pith stdin and pith attach, instead of /dev/null" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "with --detach: print {\"id\", \"pid\", \"detached\"}" },
	{ "tty", 't', OPTION_FLAG, NULL, SETTING(tty), "give the program a terminal, connected to this one if stdin is a terminal" },
	{ "on-disconnect", 0, OPTION_TEXT, "CHOICE", SETTING(on_disconnect),
	  "keep, kill or hangup: what happens to the program and its descendants when this pith goes away before they "
	  "have ended (keep)" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
	{ "no-stdin", 'n', OPTION_FLAG, NULL, SETTING(no_stdin),
	  "the program reads /dev/null, and pith does not read stdin" },
	{ "max-output", 0, OPTION_SIZE, "SIZE", SETTING(max_output_bytes),
	  "kill the program when stdout and stderr together pass SIZE, and exit with 125" },
	{ "record", 0, OPTION_TEXT, "FILE", SETTING(record),
	  "write the exit record, or pith's error, to FILE as one line of JSON" },
	{ "grace", 0, OPTION_DURATION, "TIME", SETTING(grace_ms),
	  "with --timeout: time between SIGTERM and SIGKILL to all the program's processes (5s)" },
	{ "memory", 0, OPTION_SIZE, "SIZE", SETTING(memory_bytes),
	  "memory limit of all the program's processes together" },
	{ "swap", 0, OPTION_SIZE, "SIZE", SETTING(swap_bytes), "swap limit of all the program's processes together" },
	{ "pids", 0, OPTION_COUNT, "N", SETTING(pids), "limit of processes and threads" },
	{ "cpus", 0, OPTION_CPUS, "N", SETTING(cpu_millis), "limit of CPU time per second, in CPUs, for example 1.5" },
	{ "io-weight", 0, OPTION_WEIGHT, "N", SETTING(io_weight), "the program's share of disk time, 1 to 10000" },
	{ "ulimit", 0, OPTION_ULIMITS, "NAME=SOFT[:HARD]", SETTING(ulimits),
	  "a resource limit, for example nofile=1024:4096 or core=unlimited; may be repeated" },
	{ "nice", 0, OPTION_NICE, "N", SETTING(nice), "nice value of the program, -20 to 19 (0)" },
	{ "umask", 0, OPTION_UMASK, "OCTAL", SETTING(umask), "permission bits that new files do not get (022)" },
	{ "oom-score-adj", 0, OPTION_OOM_SCORE, "N", SETTING(oom_score_adj), "OOM score adjustment, -1000 to 1000 (0)" },
	{ "cap", 0, OPTION_TEXTS, "NAME", SETTING(capabilities),
	  "keep this capability and drop all others that are not named; may be repeated; none drops all" },
	{ "no-new-privs", 0, OPTION_FLAG, NULL, SETTING(no_new_privs), "the program gets no privileges from set-uid programs" },
	{ "ring", 0, OPTION_SIZE, "SIZE", SETTING(ring_bytes),
	  "size of the ring that keeps the latest output of each stream, 4K to 16M (1M)" },
	{ "when-unread", 0, OPTION_TEXT, "CHOICE", SETTING(when_unread),
	  "drop or block: while the ring is full and no connection is attached, drop the oldest output, or let "
	  "the program wait (drop)" },
};

static const struct option shell_options[] = {
	{ "env", 'e', OPTION_TEXTS, "NAME[=VALUE]", SETTING(env),
	  "set a variable of the program's environment; without a value, the one it has here; may be repeated" },
	{ "cwd", 'C', OPTION_TEXT, "DIR", SETTING(cwd), "working directory, absolute (the user's home)" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this exec in the guest" },
	{ "user", 'u', OPTION_TEXT, "USER", SETTING(user), "run as name, uid, name:group or uid:gid of the guest (0)" },
	{ "on-disconnect", 0, OPTION_TEXT, "CHOICE", SETTING(on_disconnect),
	  "keep, kill or hangup: what happens to the program and its descendants when this pith goes away before they "
	  "have ended (keep)" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
};

static const struct option attach_options[] = {
	{ "from-start", 0, OPTION_FLAG, NULL, SETTING(from_start),
	  "begin at the first byte; a line on stderr counts the bytes that are not kept any more" },
	{ "from", 0, OPTION_TEXT, "OUT[,ERR]", SETTING(from),
	  "begin at these byte offsets of stdout and stderr (the oldest byte that is kept)" },
	{ "no-stdin", 'n', OPTION_FLAG, NULL, SETTING(no_stdin),
	  "only read: the exec's stdin stays free for other connections, and signals are for this pith" },
	{ "on-disconnect", 0, OPTION_TEXT, "CHOICE", SETTING(on_disconnect),
	  "keep, kill or hangup: what happens to the program when this pith goes away before the "
	  "program has ended (keep)" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
};

static const struct option ps_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's entries unchanged, one line of JSON" },
};

static const struct option dmesg_options[] = {
	{ "follow", 'f', OPTION_FLAG, NULL, SETTING(follow), "go on with later records" },
	{ "level", 0, OPTION_TEXT, "LEVEL", SETTING(level),
	  "only this level and the more urgent ones: 0 to 7, or emerg, alert, crit, err, warn, notice, info, debug (debug)" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's records unchanged, one per line" },
};

static const struct option agent_log_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's records unchanged, one per line" },
};

static const struct option power_options[] = {
	{ "grace", 0, OPTION_DURATION, "TIME", SETTING(grace_ms),
	  "time between SIGTERM and SIGKILL to the guest's programs (5s)" },
};

static const struct option wait_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the exit record, one line of JSON" },
};

static const struct option kill_options[] = {
	{ "signal", 's', OPTION_TEXT, "SIGNAL", SETTING(signal),
	  "send this signal (TERM, SIGTERM or 15) to the program alone instead" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print a line of JSON for each ID" },
};

static const struct option forget_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print a line of JSON for each ID" },
};

static const struct option env_options[] = {
	ANSWER_OPTION,
};

static const struct option logs_options[] = {
	{ "follow", 'f', OPTION_FLAG, NULL, SETTING(follow), "follow the output until the program has ended" },
	{ "stdout-only", 0, OPTION_FLAG, NULL, SETTING(stdout_only), "leave stderr out" },
	{ "stderr-only", 0, OPTION_FLAG, NULL, SETTING(stderr_only), "leave stdout out" },
	{ "tail", 0, OPTION_SIZE, "SIZE", SETTING(tail_bytes), "only the last SIZE bytes of each stream" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
};

static const struct option stdin_options[] = {
	{ "keep-open", 0, OPTION_FLAG, NULL, SETTING(keep_open),
	  "the end of the input is not the program's end of file" },
	ANSWER_OPTION,
};

#define WHERE_OPTIONS                                                                                      \
	{ "user", 'u', OPTION_TEXT, "USER", SETTING(user),                                                 \
	  "access files as name, uid, name:group or uid:gid of the guest (0)" },                           \
	{                                                                                                  \
		"root", 0, OPTION_TEXT, "DIR", SETTING(root), "the guest's directory that paths see as / (/)" \
	}

static const struct option where_options[] = {
	WHERE_OPTIONS,
};

static const struct option ls_options[] = {
	{ "long", 'l', OPTION_FLAG, NULL, SETTING(long_format), "show mode, links, uid, gid, size, time and name" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's entries unchanged, one per line, unsorted" },
	WHERE_OPTIONS,
};

static const struct option stat_options[] = {
	{ "follow", 'L', OPTION_FLAG, NULL, SETTING(follow_links), "follow a symbolic link at the end of PATH" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's replies unchanged, one per line" },
	WHERE_OPTIONS,
};

static const struct option du_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's replies unchanged, one per line" },
	WHERE_OPTIONS,
};

static const struct option watch_options[] = {
	{ "flat", 0, OPTION_FLAG, NULL, SETTING(flat), "watch the directory alone, without its subdirectories" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's changes unchanged, one per line" },
	WHERE_OPTIONS,
};

static const struct option mkdir_options[] = {
	{ "parents", 'p', OPTION_FLAG, NULL, SETTING(parents), "make missing parents too; a directory that exists is no error" },
	WHERE_OPTIONS,
};

static const struct option rm_options[] = {
	{ "recursive", 'r', OPTION_FLAG, NULL, SETTING(recursive), "remove directories with all files in them" },
	WHERE_OPTIONS,
};

static const struct option mv_options[] = {
	{ "no-replace", 'n', OPTION_FLAG, NULL, SETTING(no_replace), "refuse if TO exists" },
	WHERE_OPTIONS,
};

static const struct option cp_options[] = {
	{ "recursive", 'r', OPTION_FLAG, NULL, SETTING(recursive), "copy directories with all files in them" },
	{ "exclude", 0, OPTION_TEXTS, "PATTERN", SETTING(exclude),
	  "leave out each file whose name matches PATTERN, or whose path below FROM if PATTERN has a slash; may be repeated" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms),
	  "dial again for this time after the connection is lost inside a large file, and go on; 0 for never (10s)" },
	WHERE_OPTIONS,
};

#define HOOK_OPTION                                                                                              \
	{                                                                                                        \
		"hook-timeout", 0, OPTION_DURATION, "TIME", SETTING(hook_timeout_ms), "time limit of each hook (5s)"      \
	}
#define TTL_OPTION                                                                                                    \
	{                                                                                                             \
		"ttl", 0, OPTION_DURATION, "TIME", SETTING(ttl_ms), "the guest thaws by itself after this time (10s)"    \
	}
#define TOKEN_OPTION                                                                                     \
	{                                                                                                \
		"token", 0, OPTION_TEXT, "TOKEN", SETTING(token), "the quiesce's token; refuse any other"    \
	}

static const struct option quiesce_options[] = {
	{ "mode", 0, OPTION_TEXT, "MODE", SETTING(mode),
	  "what the snapshot saves: memory, disk or template, which drops caches first (memory)" },
	TTL_OPTION,
	{ "on-timeout", 0, OPTION_TEXT, "CHOICE", SETTING(on_timeout),
	  "later, thaw or hold: when the guest thaws by itself and cannot detect whether it was restored, its programs "
	  "wait 60 s longer, run, or stay frozen (later)" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this request; a repeated request gets the first one's reply" },
	{ "freeze-timeout", 0, OPTION_DURATION, "TIME", SETTING(freeze_timeout_ms),
	  "time limit for freezing the programs (2s)" },
	{ "sync-timeout", 0, OPTION_DURATION, "TIME", SETTING(sync_timeout_ms),
	  "time limit for writing dirty pages to the disks (by size of memory, 5s to 2m)" },
	HOOK_OPTION,
	ANSWER_OPTION,
};

static const struct option keepalive_options[] = {
	{ "token", 0, OPTION_TEXT, "TOKEN", SETTING(token), "the quiesce's token; required" },
	TTL_OPTION,
	ANSWER_OPTION,
};

static const struct option thaw_options[] = {
	TOKEN_OPTION,
	{ "force", 0, OPTION_FLAG, NULL, SETTING(force), "thaw also after a restore, or after a resume that failed" },
	ANSWER_OPTION,
};

static const struct option resume_options[] = {
	TOKEN_OPTION,
	{ "generation", 0, OPTION_TEXT, "HEX", SETTING(generation), "the guest's generation; refuse any other" },
	{ "entropy", 0, OPTION_TEXT, "HEX", SETTING(entropy),
	  "32 to 512 random bytes, used for this guest only (32 of this host's own)" },
	{ "clock", 0, OPTION_TEXT, "SECONDS", SETTING(clock), "the time since 1970, as in 1800000000.25 (this host's)" },
	{ "net", 0, OPTION_TEXT, "FILE", SETTING(net),
	  "the guest's network, as for `pith network set`; - is stdin" },
	{ "mounts", 0, OPTION_TEXT, "FILE", SETTING(mounts), "the mounts to make: {\"mounts\": [...]}; - is stdin" },
	{ "hostname", 0, OPTION_TEXT, "NAME", SETTING(hostname), "the guest's new name" },
	{ "machine-id", 0, OPTION_TEXT, "HEX", SETTING(machine_id), "the guest's machine id: 32 hex digits, or new" },
	{ "boot-id", 0, OPTION_TEXT, "UUID", SETTING(boot_id), "the guest's boot id: a UUID, or new" },
	{ "env", 'e', OPTION_TEXTS, "NAME[=VALUE]", SETTING(env),
	  "a variable that every later exec inherits; replaces all that were set before; may be repeated" },
	{ "sockets", 0, OPTION_TEXT, "CHOICE", SETTING(sockets),
	  "destroy or keep connections to addresses outside the guest (destroy)" },
	{ "optional", 0, OPTION_TEXTS, "STEP", SETTING(optional),
	  "let the programs run even if this step fails; may be repeated" },
	{ "force", 0, OPTION_FLAG, NULL, SETTING(force), "let the programs run even if steps fail" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this request; a repeated request gets the first one's reply" },
	HOOK_OPTION,
	ANSWER_OPTION,
};

static const struct option snapshot_status_options[] = {
	ANSWER_OPTION,
};

static const struct option network_options[] = {
	ANSWER_OPTION,
};

static const struct option configure_options[] = {
	{ "replace", 0, OPTION_FLAG, NULL, SETTING(replace), "replace the host's earlier configuration layer instead of adding to it" },
	ANSWER_OPTION,
};

static const struct option configuration_options[] = {
	ANSWER_OPTION,
};

static const struct option mount_options[] = {
	{ "type", 't', OPTION_TEXT, "TYPE", SETTING(type), "type of the file system, or bind (by the device's superblock)" },
	{ "options", 'o', OPTION_TEXTS, "OPTIONS", SETTING(mount_options), "mount options as in mount(8): ro,nosuid; may be repeated" },
	{ "grow", 0, OPTION_FLAG, NULL, SETTING(grow), "grow ext4 to the size of its device after the mount" },
	{ "wait-device", 0, OPTION_DURATION, "TIME", SETTING(wait_device_ms), "wait up to this time for SOURCE to appear" },
	ANSWER_OPTION,
};

static const struct option unmount_options[] = {
	{ "lazy", 0, OPTION_FLAG, NULL, SETTING(lazy), "detach TARGET now; the file system is unmounted after its last use" },
};

static const struct option mounts_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's entries unchanged, one per line" },
};

static const struct option wait_ready_options[] = {
	{ "listen", 0, OPTION_TEXT, "ADDR", SETTING(listen),
	  "address that the guest dials: hybrid:/path:PORT (the socket /path_PORT), unix:/path or vsock:CID:PORT (--vm's address)" },
	{ "event", 0, OPTION_TEXT, "NAME", SETTING(event), "wait for this event instead: need_resume (ready)" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the guest's event unchanged, one line of JSON" },
};

static const struct option boot_time_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print {\"boot\"}, one line of JSON" },
};

static const struct option sync_options[] = {
	{ "dry-run", 'n', OPTION_FLAG, NULL, SETTING(dry_run), "print the actions, and change nothing" },
	{ "delete", 0, OPTION_FLAG, NULL, SETTING(delete), "remove files from TO that FROM does not have" },
	{ "checksum", 'c', OPTION_FLAG, NULL, SETTING(checksum),
	  "compare the content of all files of equal size, not only if their times differ" },
	{ "exclude", 0, OPTION_TEXTS, "PATTERN", SETTING(exclude),
	  "neither copy nor remove files that match, as for cp; may be repeated" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms),
	  "dial again for this time after the connection is lost, compare, and go on; 0 for never (10s)" },
	WHERE_OPTIONS,
};

static const struct option changes_options[] = {
	{ "exclude", 0, OPTION_TEXTS, "PATTERN", SETTING(exclude), "leave out files that match, as for cp; may be repeated" },
	{ "timeout", 0, OPTION_DURATION, "TIME", SETTING(timeout_ms), "time limit of the whole transfer" },
};

static const struct option help_options[] = {
	{ "all", 0, OPTION_FLAG, NULL, SETTING(all), "show the help of every command" },
};
