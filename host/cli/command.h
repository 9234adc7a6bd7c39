/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of `pith` as tables: the parser, the help and the proposals for typing errors all come from them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/include/pith.h"

/* Every failure of pith itself; statuses below belong to the guest's program, where there is one. */
#define STATUS_FAILED 125
#define STATUS_REFUSED 1 /* of the commands on files: the guest said no, or something was left out */
#define STATUS_TIMED_OUT 124
#define STATUS_CANNOT_EXECUTE 126
#define STATUS_NOT_FOUND 127

struct string_list {
	const char **items;	/* room for as many as there are words on the command line, and a NULL */
	size_t count;
};

/* What all options together can say; each option of the tables names the member it fills. */
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
	struct string_list given;	/* the names of all options that were there, in their order */
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
	const char *argument;	/* what the help calls it, or NULL for a flag */
	size_t offset;		/* in struct settings */
	const char *help;
};

struct option_table {
	const struct option *options;
	size_t count;
};

enum rule_kind {
	RULE_NEEDS,		/* has an effect beside the other option only */
	RULE_NOT_WITH,		/* none beside the other option */
	RULE_NEVER,		/* none at all; of an option of all commands */
	RULE_NEEDS_TWO_WORDS,	/* none where the second argument is not there; other is what the first is called then */
	RULE_NOT_WITH_WORD,	/* none where one of the arguments is the other */
};

/* An option that would have no effect is refused: what was wished would not happen, and nobody would say so. */
struct option_rule {
	const char *option;
	const char *value;	/* the only one of its values that this is about, or NULL */
	enum rule_kind kind;
	const char *other;	/* or NULL */
	const char *why;	/* or what to use instead */
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
	char **arguments;	/* what follows the options, ends with NULL */
};

enum argument_rule {
	ARGUMENTS_NONE,
	ARGUMENTS_MAY_BE,
	ARGUMENTS_PROGRAM,	/* needed, and options end before it */
	ARGUMENTS_PROGRAM_MAY_BE,
	ARGUMENTS_ID,		/* one; options may stand behind it too, as for the next two */
	ARGUMENTS_IDS,		/* one or more */
	ARGUMENTS_WORDS,	/* one or more, that are no ids */
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
