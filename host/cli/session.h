/* SPDX-License-Identifier: Apache-2.0 */
/* What exec, shell, attach and logs have in common: this process's streams, its terminal, and how it all ended. */
#pragma once

#include "host/cli/command.h"
#include "host/cli/keys.h"

struct session {
	const struct settings *settings;
	const char *program; /* for sentences */
	struct pith_conn *conn;
	bool escapes; /* stdin is a terminal whose ~. leaves */
	bool no_signals; /* they are this process's own */
	bool is_viewer; /* the program's end is not our status */
	bool pipe_was_ignored;
	int in, out, err; /* pipes opened again, or -1 */
	struct keys keys;
	struct pith_exec_hooks hooks;

	enum pith_code code;
	struct pith_exit_record record;
	struct pith_error error;
	char *json; /* the record's, or NULL */
};

/* Ignores SIGPIPE. program lives as long as the session. */
void session_init(struct session *session, const struct settings *settings, const char *program);
void session_deinit(struct session *session);

/* In order: connect, streams, run. */
enum pith_code session_connect(struct session *session);
struct pith_source session_input(struct session *session);
void session_outputs(struct session *session, struct pith_sink *output, struct pith_sink *errors);

void session_run_exec(struct session *session, const struct pith_exec_options *options);
void session_run_attach(struct session *session, const struct pith_attach_options *options);

/* Tells what there is to tell and returns the exit status. */
int session_status(struct session *session);

/* The error of a session without a record, for programs. The caller frees it; NULL without memory. */
char *session_error_json(const struct session *session);
