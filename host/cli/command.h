/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of `pith` as tables: the parser, the help and the suggestions for typing errors use these tables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/include/pith.h"

/* Exit status of every failure of pith itself; commands that run a program use lower statuses for the program's. */
#define STATUS_FAILED 125
#define STATUS_REFUSED 1 /* of the commands on files: the guest refused a path, or an entry was left out */
#define STATUS_TIMED_OUT 124
#define STATUS_CANNOT_EXECUTE 126
#define STATUS_NOT_FOUND 127

struct string_list {
	const char **items;	/* room for all words of the command line, and a NULL */
	size_t count;
};

/* The values of all options; each option of the tables names its member. */
struct settings {
	const char *vm;
	int64_t wait_ms;
	int64_t connect_timeout_ms;
	int64_t timeout_ms;
	bool help;
	bool all;
	bool json;
	uint64_t count;
	struct string_list env;
	bool clean_env;
	const char *cwd;
	const char *id;
	const char *on_disconnect;
	bool no_stdin;
	uint64_t max_output_bytes;
	const char *record;
	bool detach;
	bool open_stdin;
	bool tty;
	const char *user;
	int64_t grace_ms;		/* or -1 */
	int64_t reattach_ms;		/* or -1 */
	uint64_t memory_bytes;
	uint64_t swap_bytes;		/* or SETTING_NOT_GIVEN */
	uint64_t pids;
	uint64_t cpu_millis;
	uint64_t io_weight;
	uint64_t ring_bytes;
	const char *when_unread;
	uint64_t umask;			/* or SETTING_NOT_GIVEN */
	int64_t nice;
	int64_t oom_score_adj;
	struct string_list ulimits;
	struct string_list capabilities;
	bool no_new_privs;
	bool from_start;
	const char *from;
	const char *signal;
	bool follow;
	bool stdout_only;
	bool stderr_only;
	uint64_t tail_bytes;		/* or SETTING_NOT_GIVEN */
	bool keep_open;
	const char *root;
	bool recursive;
	bool parents;
	bool long_format;
	bool follow_links;
	bool no_replace;
	bool flat;
	const char *listen;
	const char *event;
	struct string_list exclude;
	bool dry_run;
	bool delete;
	bool checksum;
	const char *mode;
	int64_t ttl_ms;
	const char *on_timeout;
	int64_t freeze_timeout_ms;
	int64_t sync_timeout_ms;
	int64_t hook_timeout_ms;
	const char *token;
	const char *generation;
	const char *entropy;
	const char *net;
	const char *mounts;
	const char *clock;
	const char *hostname;
	const char *machine_id;
	const char *boot_id;
	const char *sockets;
	struct string_list optional;
	bool force;
	const char *level;
	bool replace;
	bool lazy;
	bool grow;
	const char *type;
	struct string_list mount_options;
	int64_t wait_device_ms;
	struct string_list given;	/* the names of all options on the command line, in order */
};

#define SETTING_NOT_GIVEN UINT64_MAX

enum option_kind {
	OPTION_FLAG,		/* bool */
	OPTION_TEXT,		/* const char * */
	OPTION_TEXTS,		/* struct string_list */
	OPTION_DURATION,	/* int64_t, ms */
	OPTION_SIZE,		/* uint64_t, bytes */
	OPTION_COUNT,		/* uint64_t, 1 to 1,000,000 */
	OPTION_WEIGHT,		/* uint64_t, 1 to 10,000 */
	OPTION_CPUS,		/* uint64_t, thousandths */
	OPTION_UMASK,		/* uint64_t, written in octal */
	OPTION_NICE,		/* int64_t, -20 to 19 */
	OPTION_OOM_SCORE,	/* int64_t, -1000 to 1000 */
	OPTION_ULIMITS,		/* struct string_list, each NAME=SOFT[:HARD] */
};

struct option {
	const char *name;
	char letter;		/* or 0 */
	enum option_kind kind;
	const char *argument;	/* the name of the value in the help, or NULL for a flag */
	size_t offset;		/* in struct settings */
	const char *help;
};

struct option_table {
	const struct option *options;
	size_t count;
};

enum rule_kind {
	RULE_NEEDS,		/* no effect without the other option */
	RULE_NOT_WITH,		/* no effect with the other option */
	RULE_NEVER,		/* no effect at all; for an option of all commands */
	RULE_NEEDS_TWO_WORDS,	/* no effect without a second argument; other is the name of the missing one */
	RULE_NOT_WITH_WORD,	/* no effect if one of the arguments equals other */
};

/* An option without effect is refused, because pith would otherwise ignore the user's request silently. */
struct option_rule {
	const char *option;
	const char *value;	/* the option's value that the rule applies to, or NULL: all */
	enum rule_kind kind;
	const char *other;	/* or NULL */
	const char *why;	/* the reason, or the option to use instead */
};

struct rule_table {
	const struct option_rule *rules;
	size_t count;
};

struct command;

struct invocation {
	const struct command_table *all;
	const struct command *command;
	struct settings settings;
	char **arguments;	/* the words after the options, ends with NULL */
};

enum argument_rule {
	ARGUMENTS_NONE,
	ARGUMENTS_MAY_BE,
	ARGUMENTS_PROGRAM,	/* one or more; options end before the first */
	ARGUMENTS_PROGRAM_MAY_BE,
	ARGUMENTS_ID,		/* one; options may follow, as for the next two */
	ARGUMENTS_IDS,		/* one or more */
	ARGUMENTS_WORDS,	/* one or more, not ids */
	ARGUMENTS_PATH,		/* one */
	ARGUMENTS_PATHS,	/* one or more */
	ARGUMENTS_TWO_PATHS,
	ARGUMENTS_FROM_TO,	/* two or more */
};

struct command {
	const char *name;
	const char *arguments;	/* for the usage line, or "" */
	const char *summary;	/* one line, no full stop */
	const char *details;	/* paragraphs, or "" */
	enum argument_rule rule;
	struct option_table table;
	int (*run)(const struct invocation *invocation);	/* the exit status */
	struct rule_table rules;
};

struct command_table {
	const struct command *commands;
	size_t count;
	struct option_table options;	/* good before and after every command's name */
};

/* NULL: there is none of that name. */
const struct command *command_find(const struct command_table *table, const char *name);

/* commands.c: all there are. */
extern const struct command_table commands_all;
