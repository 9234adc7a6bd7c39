/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands on files have in common. */
#pragma once

#include "host/cli/cmd.h"
#include "host/include/pith_files.h"

struct files {
	const struct settings *settings;
	const char *command;	/* for sentences */
	struct pith_conn *conn;
	struct pith_where where;
	int status;		/* the worst so far */
	bool goes_on;		/* a lost connection is not told, but noted here, for files_go_on() */
	bool is_lost;
	unsigned losses;
	struct pith_error loss;
};

/* Connects. False with a sentence told and the status set. */
bool files_init(struct files *files, const struct invocation *invocation);
/* Flushes stdout and returns the status. */
int files_deinit(struct files *files);

/* Without a timeout: how long the agent may take for what grows with the number of files. */
void files_wait_long(struct files *files);

/*
 * A connection in place of one that is lost, within ms. False where it is not the same boot of the guest, or nobody answers: the old
 * one stays then.
 */
bool files_dial_again(struct files *files, int64_t ms);

/*
 * After a lost connection that was noted: another one is dialed for as long as --reattach says, some times at most. False, and it is
 * told with the path, where that cannot be; and where none was lost.
 */
bool files_go_on(struct files *files, const char *path);

/* The path behind the colon that may stand before it. */
const char *files_path(const char *word);

/* Tells the error of a path and sets the status. False where the connection is good for nothing any more. */
bool files_tell(struct files *files, const char *path, const struct pith_error *err);

/* Tells a sentence about a path here, with the text of error where it is not 0, and sets the status to failed. */
void files_tell_local(struct files *files, const char *path, const char *sentence, int error);

/* Left out, with a sentence: the status is at least STATUS_REFUSED. */
void files_tell_left_out(struct files *files, const char *path, const char *why);

/* Prints a name to stdout: as it is, or with what a terminal obeys replaced where stdout is one. */
void files_print_name(const char *name);

#define FILES_SHOWN_SIZE 512u
/* A name for a sentence: without control characters, cut. Returns dst. */
const char *files_show(const char *name, char dst[FILES_SHOWN_SIZE]);

/* dir and name with one slash between them. False where they are too long. */
bool files_join(char dst[PITH_PATH_SIZE], const char *dir, const char *name);

/* Does it for each path, until the connection is gone; returns the status. */
int files_for_each(const struct invocation *invocation, bool takes_long,
		   enum pith_code (*act)(struct files *files, const char *path, struct pith_error *err));
