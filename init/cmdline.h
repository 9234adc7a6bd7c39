/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel command line, and PID 1's own arguments: pith-init's only input.
 *
 * Pure: no fd, no allocation, no global state.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/log.h"

/* The largest COMMAND_LINE_SIZE of the kernel's ports, and so the longest word. */
#define CMDLINE_MAX 4096

struct option_path {
	char text[256];
};

struct option_listen {
	char unix_path[108]; /* as in struct sockaddr_un; empty: vsock */
};

struct option_word {
	char text[256]; /* empty: not given */
};

/* What follows where `pith.root=` cannot be had. */
enum option_fail {
	OPTION_FAIL_STAY,	/* the agent comes up all the same, in the root that the kernel gave */
	OPTION_FAIL_SHELL,	/* the same, and a shell on the console */
	OPTION_FAIL_REBOOT,
	OPTION_FAIL_POWEROFF,
};

#define OPTION_TYPE_PATH struct option_path
#define OPTION_TYPE_LISTEN struct option_listen
#define OPTION_TYPE_LOG enum log_level
#define OPTION_TYPE_PORT uint32_t
#define OPTION_TYPE_EXIT_PORT uint32_t
#define OPTION_TYPE_WAIT uint32_t
#define OPTION_TYPE_WORD struct option_word
#define OPTION_TYPE_OVERLAY struct option_word
#define OPTION_TYPE_FAIL enum option_fail
#define OPTION_TYPE_RESTART uint32_t

struct options {
#define OPTION(name_, kind_, accepted_, default_) OPTION_TYPE_##kind_ name_;
#include "init/options.def"
#undef OPTION
};

enum cmdline_result {
	CMDLINE_SET,
	CMDLINE_FOREIGN,	/* not a word of ours */
	CMDLINE_UNKNOWN,	/* starts with "pith.", and there is no such option */
	CMDLINE_BAD_VALUE,
};

/* Every option at its default. */
void cmdline_init(struct options *options);

/*
 * Takes the next word off *cursor as the kernel does: split at white space, except between double quotes, which are dropped.
 * Returns false at the end. size must be above strlen(*cursor).
 */
bool cmdline_next_word(const char **cursor, char *word, size_t size);

/*
 * Applies one word. Nothing changes unless the answer is CMDLINE_SET. *ret_hint is for people: what is accepted after
 * CMDLINE_BAD_VALUE, the nearest name (or NULL) after CMDLINE_UNKNOWN, else NULL. Static storage.
 */
enum cmdline_result cmdline_apply_word(struct options *options, const char *word, const char **ret_hint);

/* The options one by one, for people: false behind the last. */
bool cmdline_describe(size_t number, const char **ret_name, const char **ret_accepted, const char **ret_initial);
