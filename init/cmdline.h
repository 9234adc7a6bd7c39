/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel command line and PID 1's own arguments, which are the only configuration of pith-init.
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
	char text[256]; /* empty: option not given */
};

/* What PID 1 does if the root of `pith.root=` cannot be mounted. */
enum option_fail {
	OPTION_FAIL_STAY,	/* start the agent in the kernel's root */
	OPTION_FAIL_SHELL,	/* likewise, and a shell on the console */
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
	CMDLINE_FOREIGN,	/* does not start with "pith." */
	CMDLINE_UNKNOWN,	/* starts with "pith.", but is not an option */
	CMDLINE_BAD_VALUE,
};

/* Sets every option to its default. */
void cmdline_init(struct options *options);

/*
 * Takes the next word off *cursor, by the kernel's rules: words end at white space, except between double quotes, which are dropped.
 * Returns false at the end. size must be above strlen(*cursor).
 */
bool cmdline_next_word(const char **cursor, char *word, size_t size);

/*
 * Applies one word. Nothing changes unless the answer is CMDLINE_SET. *ret_hint is for people: what is accepted after
 * CMDLINE_BAD_VALUE, the nearest name (or NULL) after CMDLINE_UNKNOWN, else NULL. Static storage.
 */
enum cmdline_result cmdline_apply_word(struct options *options, const char *word, const char **ret_hint);

/* Describes option `number` (from 0) for the help text; false after the last option. */
bool cmdline_describe(size_t number, const char **ret_name, const char **ret_accepted, const char **ret_initial);
