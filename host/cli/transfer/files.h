/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the commands on files. */
#pragma once

#include "host/cli/cmd.h"
#include "host/include/pith_files.h"

struct files {
	const struct settings *settings;
	const char *command;	/* the command's name in messages */
	struct pith_conn *conn;
	struct pith_where where;
	int status;		/* the highest exit status so far */
	bool goes_on;		/* a lost connection is not reported, but kept for files_go_on() */
	bool is_lost;
	unsigned losses;
	struct pith_error loss;
};

/* Connects. False after an error message, with the status set. */
bool files_init(struct files *files, const struct invocation *invocation);
/* Flushes stdout and returns the status. */
int files_deinit(struct files *files);

/* Raises the default timeout to 10 min, for requests whose duration grows with the number of files. */
void files_wait_long(struct files *files);

/*
 * Replaces a lost connection by a new one, within ms milliseconds. False, with the old connection kept, if the guest has rebooted
 * or no agent answers.
 */
bool files_dial_again(struct files *files, int64_t ms);

/*
 * After a lost connection: dials again for the time of --reattach, at most LOSSES_MAX times in a run. False if no connection was
 * lost, or, after an error message with the path, if dialing failed.
 */
bool files_go_on(struct files *files, const char *path);

/* The path without its leading colon, if any. */
const char *files_path(const char *word);

/* Reports the error of a path and sets the status. False if the connection cannot be used any more. */
bool files_tell(struct files *files, const char *path, const struct pith_error *err);

/* Reports a sentence about a local path, with the text of error (an errno, or 0), and sets the status to failed. */
void files_tell_local(struct files *files, const char *path, const char *sentence, int error);

/* Reports an entry that was left out, and why. The status becomes at least STATUS_REFUSED. */
void files_tell_left_out(struct files *files, const char *path, const char *why);

/* Prints a name to stdout, with control characters replaced if stdout is a terminal. */
void files_print_name(const char *name);

#define FILES_SHOWN_SIZE 512u
/* Copies a name for a message to dst: without control characters, cut to FILES_SHOWN_SIZE. Returns dst. */
const char *files_show(const char *name, char dst[FILES_SHOWN_SIZE]);

/* Joins dir and name with one slash. False if the result is too long. */
bool files_join(char dst[PITH_PATH_SIZE], const char *dir, const char *name);

/* Runs the function for each path, until the connection is lost; returns the exit status. */
int files_for_each(const struct invocation *invocation, bool takes_long,
		   enum pith_code (*act)(struct files *files, const char *path, struct pith_error *err));
