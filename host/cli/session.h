/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of exec, shell, attach and logs: this process's streams, its terminal, and the exit status. */
#pragma once

#include "host/cli/command.h"
#include "host/cli/keys.h"

struct session {
	const struct settings *settings;
	const char *program; /* the name in messages */
	struct pith_conn *conn;
	bool escapes; /* stdin is a terminal whose ~. leaves */
	bool no_signals; /* signals are not forwarded to the guest */
	bool is_viewer; /* the exit status is not the program's (logs) */
	bool pipe_was_ignored;
	int in, out, err; /* pipes opened again, or -1 */
	struct keys keys;
	struct pith_exec_hooks hooks;

	enum pith_code code;
	struct pith_exit_record record;
	struct pith_error error;
	char *json; /* of the exit record, or NULL */
};

/* Ignores SIGPIPE. program must outlive the session. */
void session_init(struct session *session, const struct settings *settings, const char *program);
void session_deinit(struct session *session);

/* Call in this order: connect, streams, run. */
enum pith_code session_connect(struct session *session);
struct pith_source session_input(struct session *session);
void session_outputs(struct session *session, struct pith_sink *output, struct pith_sink *errors);

void session_run_exec(struct session *session, const struct pith_exec_options *options);
void session_run_attach(struct session *session, const struct pith_attach_options *options);

/* Writes the last messages to stderr and returns the exit status. */
int session_status(struct session *session);

/* The error of a session without a record, as JSON for programs. The caller frees the text; NULL without memory. */
char *session_error_json(const struct session *session);
