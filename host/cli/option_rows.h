/* SPDX-License-Identifier: Apache-2.0 */
/* The options of each command, as tables; commands.c alone takes them in. */
#pragma once

#include <stddef.h>

#include "host/cli/command.h"

#define SETTING(member) offsetof(struct settings, member)
#define REATTACH_HELP                                                                                               \
	"dial a lost connection again for that long, and go on where it was; 0 for never (10s)"
#define ANSWER_OPTION                                                                                              \
	{                                                                                                          \
		"json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's answer as it is, one line of JSON" \
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
	  "the answer may take that long (10s); of exec and shell: end the program after that long and exit with 124 "
	  "(never); of wait: give up after that long (never)" },
	{ "help", 'h', OPTION_FLAG, NULL, SETTING(help), "show this help" },
};

static const struct option ping_options[] = {
	{ "count", 'c', OPTION_COUNT, "N", SETTING(count),
	  "ping that often, one after the other, and show min, median and max" },
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
	{ "detach", 'd', OPTION_FLAG, NULL, SETTING(detach), "print the id when the program runs, and leave it" },
	{ "open-stdin", 0, OPTION_FLAG, NULL, SETTING(open_stdin),
	  "with --detach: the program's stdin is a pipe, for pith stdin and pith attach, instead of /dev/null" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "with --detach: print {\"id\", \"pid\", \"detached\"}" },
	{ "tty", 't', OPTION_FLAG, NULL, SETTING(tty), "give the program a terminal, this one where stdin is one" },
	{ "on-disconnect", 0, OPTION_TEXT, "CHOICE", SETTING(on_disconnect),
	  "keep, kill or hangup: what happens to the program and its descendants when this pith goes away before they "
	  "have ended (keep)" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
	{ "no-stdin", 'n', OPTION_FLAG, NULL, SETTING(no_stdin),
	  "the program reads /dev/null, and stdin is left alone" },
	{ "max-output", 0, OPTION_SIZE, "SIZE", SETTING(max_output_bytes),
	  "kill the program when stdout and stderr together pass SIZE, and exit with 125" },
	{ "record", 0, OPTION_TEXT, "FILE", SETTING(record),
	  "write the exit record, or pith's error, to FILE as one line of JSON" },
	{ "grace", 0, OPTION_DURATION, "TIME", SETTING(grace_ms),
	  "after --timeout: how long the program has between SIGTERM and the end of its tree (5s)" },
	{ "memory", 0, OPTION_SIZE, "SIZE", SETTING(memory_bytes),
	  "all its processes together may have that much memory" },
	{ "swap", 0, OPTION_SIZE, "SIZE", SETTING(swap_bytes), "and that much swap" },
	{ "pids", 0, OPTION_COUNT, "N", SETTING(pids), "so many processes and threads" },
	{ "cpus", 0, OPTION_CPUS, "N", SETTING(cpu_millis), "so many CPUs, as in 1.5" },
	{ "io-weight", 0, OPTION_WEIGHT, "N", SETTING(io_weight), "its share of disk time, 1 to 10000" },
	{ "ulimit", 0, OPTION_ULIMITS, "NAME=SOFT[:HARD]", SETTING(ulimits),
	  "a resource limit, as nofile=1024:4096 or core=unlimited; may be repeated" },
	{ "nice", 0, OPTION_NICE, "N", SETTING(nice), "-20 to 19 (0)" },
	{ "umask", 0, OPTION_UMASK, "OCTAL", SETTING(umask), "file mode bits that are taken away (022)" },
	{ "oom-score-adj", 0, OPTION_OOM_SCORE, "N", SETTING(oom_score_adj), "-1000 to 1000 (0)" },
	{ "cap", 0, OPTION_TEXTS, "NAME", SETTING(capabilities),
	  "keep this capability and drop all that are not named; may be repeated; none drops all" },
	{ "no-new-privs", 0, OPTION_FLAG, NULL, SETTING(no_new_privs), "set-uid programs give it nothing" },
	{ "ring", 0, OPTION_SIZE, "SIZE", SETTING(ring_bytes),
	  "keep that much of each stream's output, 4K to 16M (1M)" },
	{ "when-unread", 0, OPTION_TEXT, "CHOICE", SETTING(when_unread),
	  "drop or block: with nobody attached and the ring full, the oldest output goes, or the program waits "
	  "(drop)" },
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
	  "from the first byte on; what is not kept any more is counted" },
	{ "from", 0, OPTION_TEXT, "OUT[,ERR]", SETTING(from),
	  "from these byte offsets of stdout and stderr on (the oldest that is kept)" },
	{ "no-stdin", 'n', OPTION_FLAG, NULL, SETTING(no_stdin),
	  "only read: leave its stdin to others, and signals to this pith" },
	{ "on-disconnect", 0, OPTION_TEXT, "CHOICE", SETTING(on_disconnect),
	  "keep, kill or hangup: what happens to the program when this pith goes away before it "
	  "has ended (keep)" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
};

static const struct option ps_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's entries as they are, in one line of JSON" },
};

static const struct option dmesg_options[] = {
	{ "follow", 'f', OPTION_FLAG, NULL, SETTING(follow), "go on with what comes later" },
	{ "level", 0, OPTION_TEXT, "LEVEL", SETTING(level),
	  "only that level and the more urgent ones: 0 to 7, or emerg, alert, crit, err, warn, notice, info, debug (debug)" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's records as they are, one per line" },
};

static const struct option agent_log_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's records as they are, one per line" },
};

static const struct option power_options[] = {
	{ "grace", 0, OPTION_DURATION, "TIME", SETTING(grace_ms),
	  "how long programs have between SIGTERM and SIGKILL (5s)" },
};

static const struct option wait_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the exit record, one line of JSON" },
};

static const struct option kill_options[] = {
	{ "signal", 's', OPTION_TEXT, "SIGNAL", SETTING(signal),
	  "send TERM, SIGTERM or 15 to the program itself instead" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print a line of JSON for each ID" },
};

static const struct option forget_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print a line of JSON for each ID" },
};

static const struct option env_options[] = {
	ANSWER_OPTION,
};

static const struct option logs_options[] = {
	{ "follow", 'f', OPTION_FLAG, NULL, SETTING(follow), "go on until the program has ended" },
	{ "stdout-only", 0, OPTION_FLAG, NULL, SETTING(stdout_only), "leave stderr out" },
	{ "stderr-only", 0, OPTION_FLAG, NULL, SETTING(stderr_only), "leave stdout out" },
	{ "tail", 0, OPTION_SIZE, "SIZE", SETTING(tail_bytes), "only the last SIZE bytes of each" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms), REATTACH_HELP },
};

static const struct option stdin_options[] = {
	{ "keep-open", 0, OPTION_FLAG, NULL, SETTING(keep_open),
	  "the end of the input is not the program's end of file" },
	ANSWER_OPTION,
};

#define WHERE_OPTIONS                                                                                      \
	{ "user", 'u', OPTION_TEXT, "USER", SETTING(user),                                                 \
	  "work as name, uid, name:group or uid:gid of the guest (0)" },                                   \
	{                                                                                                  \
		"root", 0, OPTION_TEXT, "DIR", SETTING(root), "the guest's directory that paths see as / (/)" \
	}

static const struct option where_options[] = {
	WHERE_OPTIONS,
};

static const struct option ls_options[] = {
	{ "long", 'l', OPTION_FLAG, NULL, SETTING(long_format), "mode, links, uid, gid, size, time and name" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's entries as they are, one per line, unsorted" },
	WHERE_OPTIONS,
};

static const struct option stat_options[] = {
	{ "follow", 'L', OPTION_FLAG, NULL, SETTING(follow_links), "of a symbolic link, tell what it names" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's answers as they are, one per line" },
	WHERE_OPTIONS,
};

static const struct option du_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's answers as they are, one per line" },
	WHERE_OPTIONS,
};

static const struct option watch_options[] = {
	{ "flat", 0, OPTION_FLAG, NULL, SETTING(flat), "the directory alone, without those in it" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's changes as they are, one per line" },
	WHERE_OPTIONS,
};

static const struct option mkdir_options[] = {
	{ "parents", 'p', OPTION_FLAG, NULL, SETTING(parents), "make those on the way; one that is there is no error" },
	WHERE_OPTIONS,
};

static const struct option rm_options[] = {
	{ "recursive", 'r', OPTION_FLAG, NULL, SETTING(recursive), "with all that is in it" },
	WHERE_OPTIONS,
};

static const struct option mv_options[] = {
	{ "no-replace", 'n', OPTION_FLAG, NULL, SETTING(no_replace), "refuse where TO is there" },
	WHERE_OPTIONS,
};

static const struct option cp_options[] = {
	{ "recursive", 'r', OPTION_FLAG, NULL, SETTING(recursive), "directories with all that is in them" },
	{ "exclude", 0, OPTION_TEXTS, "PATTERN", SETTING(exclude),
	  "leave out what matches: a name, or with a slash in it a path below the directory; may be repeated" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms),
	  "dial a connection that is lost inside a large file again for that long, and go on; 0 for never (10s)" },
	WHERE_OPTIONS,
};

#define HOOK_OPTION                                                                                              \
	{                                                                                                        \
		"hook-timeout", 0, OPTION_DURATION, "TIME", SETTING(hook_timeout_ms), "each hook may take that long (5s)" \
	}
#define TTL_OPTION                                                                                                    \
	{                                                                                                             \
		"ttl", 0, OPTION_DURATION, "TIME", SETTING(ttl_ms), "the guest thaws by itself that long from now (10s)" \
	}
#define TOKEN_OPTION                                                                                     \
	{                                                                                                \
		"token", 0, OPTION_TEXT, "TOKEN", SETTING(token), "that of the quiesce; refuse if it is not" \
	}

static const struct option quiesce_options[] = {
	{ "mode", 0, OPTION_TEXT, "MODE", SETTING(mode),
	  "memory, disk or template: what will be saved; template drops caches first (memory)" },
	TTL_OPTION,
	{ "on-timeout", 0, OPTION_TEXT, "CHOICE", SETTING(on_timeout),
	  "later, thaw or hold: when it thaws by itself and cannot tell whether it was restored, the programs wait 60 s "
	  "longer, run, or stay frozen (later)" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this request: repeated, it gets the same answer" },
	{ "freeze-timeout", 0, OPTION_DURATION, "TIME", SETTING(freeze_timeout_ms),
	  "the programs may take that long to stand still (2s)" },
	{ "sync-timeout", 0, OPTION_DURATION, "TIME", SETTING(sync_timeout_ms),
	  "writing what is dirty may take that long (by memory, 5s to 2m)" },
	HOOK_OPTION,
	ANSWER_OPTION,
};

static const struct option keepalive_options[] = {
	{ "token", 0, OPTION_TEXT, "TOKEN", SETTING(token), "that of the quiesce; needed" },
	TTL_OPTION,
	ANSWER_OPTION,
};

static const struct option thaw_options[] = {
	TOKEN_OPTION,
	{ "force", 0, OPTION_FLAG, NULL, SETTING(force), "also behind a restore, or a resume that failed" },
	ANSWER_OPTION,
};

static const struct option resume_options[] = {
	TOKEN_OPTION,
	{ "generation", 0, OPTION_TEXT, "HEX", SETTING(generation), "what the guest's must be; refuse if it is not" },
	{ "entropy", 0, OPTION_TEXT, "HEX", SETTING(entropy),
	  "32 to 512 random bytes, used for this guest only (32 of this host's own)" },
	{ "clock", 0, OPTION_TEXT, "SECONDS", SETTING(clock), "the time since 1970, as in 1800000000.25 (this host's)" },
	{ "net", 0, OPTION_TEXT, "FILE", SETTING(net),
	  "the guest's network, as for `pith network set`; - is stdin" },
	{ "mounts", 0, OPTION_TEXT, "FILE", SETTING(mounts), "what is to be mounted: {\"mounts\": [...]}; - is stdin" },
	{ "hostname", 0, OPTION_TEXT, "NAME", SETTING(hostname), "the guest's new name" },
	{ "machine-id", 0, OPTION_TEXT, "HEX", SETTING(machine_id), "32 hex digits, or new" },
	{ "boot-id", 0, OPTION_TEXT, "UUID", SETTING(boot_id), "a UUID, or new" },
	{ "env", 'e', OPTION_TEXTS, "NAME[=VALUE]", SETTING(env),
	  "what every later exec inherits, in place of what was set; may be repeated" },
	{ "sockets", 0, OPTION_TEXT, "CHOICE", SETTING(sockets),
	  "destroy or keep: what becomes of connections that leave the guest (destroy)" },
	{ "optional", 0, OPTION_TEXTS, "STEP", SETTING(optional),
	  "this step may fail, and the programs run all the same; may be repeated" },
	{ "force", 0, OPTION_FLAG, NULL, SETTING(force), "let the programs run whatever fails" },
	{ "id", 0, OPTION_TEXT, "ID", SETTING(id), "name of this request: repeated, it gets the same answer" },
	HOOK_OPTION,
	ANSWER_OPTION,
};

static const struct option snapshot_status_options[] = {
	ANSWER_OPTION,
};

static const struct option network_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's answer as it is, one line of JSON" },
};

static const struct option configure_options[] = {
	{ "replace", 0, OPTION_FLAG, NULL, SETTING(replace), "in place of all that the host configured before, instead of on top of it" },
	ANSWER_OPTION,
};

static const struct option configuration_options[] = {
	ANSWER_OPTION,
};

static const struct option mount_options[] = {
	{ "type", 't', OPTION_TEXT, "TYPE", SETTING(type), "of the file system, or bind; else what the device says" },
	{ "options", 'o', OPTION_TEXTS, "OPTIONS", SETTING(mount_options), "as of mount(8), as in ro,nosuid; may be repeated" },
	{ "grow", 0, OPTION_FLAG, NULL, SETTING(grow), "grow ext4 to its device afterwards" },
	{ "wait-device", 0, OPTION_DURATION, "TIME", SETTING(wait_device_ms), "wait that long for the source to appear" },
	ANSWER_OPTION,
};

static const struct option unmount_options[] = {
	{ "lazy", 0, OPTION_FLAG, NULL, SETTING(lazy), "out of sight now, gone when nobody uses it any more" },
};

static const struct option mounts_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the agent's entries as they are, one per line" },
};

static const struct option wait_ready_options[] = {
	{ "listen", 0, OPTION_TEXT, "ADDR", SETTING(listen),
	  "where the guest's dial comes out: hybrid:/path:PORT (the socket /path_PORT), unix:/path or vsock:CID:PORT (--vm's address)" },
	{ "event", 0, OPTION_TEXT, "NAME", SETTING(event), "wait for this event instead: need_resume (ready)" },
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print the event as it came, one line of JSON" },
};

static const struct option boot_time_options[] = {
	{ "json", 0, OPTION_FLAG, NULL, SETTING(json), "print {\"boot\"}, one line of JSON" },
};

static const struct option sync_options[] = {
	{ "dry-run", 'n', OPTION_FLAG, NULL, SETTING(dry_run), "tell what would be done, and change nothing" },
	{ "delete", 0, OPTION_FLAG, NULL, SETTING(delete), "remove from TO what FROM does not have" },
	{ "checksum", 'c', OPTION_FLAG, NULL, SETTING(checksum),
	  "compare the content of all files of the same size, not only of those with another time" },
	{ "exclude", 0, OPTION_TEXTS, "PATTERN", SETTING(exclude), "as for cp; neither copied nor removed; may be repeated" },
	{ "reattach", 0, OPTION_DURATION, "TIME", SETTING(reattach_ms),
	  "dial a connection that is lost again for that long, compare, and go on; 0 for never (10s)" },
	WHERE_OPTIONS,
};

static const struct option changes_options[] = {
	{ "exclude", 0, OPTION_TEXTS, "PATTERN", SETTING(exclude), "leave out what matches, as for cp; may be repeated" },
	{ "timeout", 0, OPTION_DURATION, "TIME", SETTING(timeout_ms), "for the whole of it" },
};

static const struct option help_options[] = {
	{ "all", 0, OPTION_FLAG, NULL, SETTING(all), "show the help of every command" },
};
