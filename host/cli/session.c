/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the connection between this process's streams and those of a program in the guest.
 *
 * Never: changes the flags of stdin, stdout or stderr, which other processes share.
 */
#include "host/cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/signals.h"
#include "host/cli/status.h"
#include "host/cli/terminal.h"
#include "host/lib/json.h"

/*
 * Opens a pipe again through /proc with flags of its own, for large writes that do not block. On failure libpith uses
 * the original fd, in small writes.
 */
static int open_pipe_again(int fd, int flags)
{
	char path[32];
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_NONBLOCK | O_CLOEXEC);
}

static void on_running(void *user, const struct pith_running *running)
{
	struct session *session = user;

	if (running->again && session->escapes)
		cmd_say("connected again");
	if (session->escapes && running->tty)
		terminal_enter(session->conn);
}

static void on_gap(void *user, int stream, uint64_t lost_bytes)
{
	(void)user;
	cmd_say("%llu bytes of %s are not kept any more", (unsigned long long)lost_bytes,
		stream == 1 ? "stdout" : "stderr");
}

static void on_lost(void *user, const char *why)
{
	struct session *session = user;

	if (session->escapes)
		cmd_say("%s; dialing again (~. leaves)", why);
}

void session_init(struct session *session, const struct settings *settings, const char *program)
{
	*session = (struct session){
		.settings = settings,
		.program = program,
		.pipe_was_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN,
		.in = -1,
		.out = -1,
		.err = -1,
		.hooks = { .user = session, .running = on_running, .gap = on_gap, .lost = on_lost },
	};
}

void session_deinit(struct session *session)
{
	close_fd(&session->in);
	close_fd(&session->out);
	close_fd(&session->err);
	free_pointer(&session->json);
	pith_close(session->conn);
	session->conn = NULL;
}

enum pith_code session_connect(struct session *session)
{
	session->code = cmd_connect(session->settings, &session->conn, &session->error);
	return session->code;
}

struct pith_source session_input(struct session *session)
{
	if (session->escapes)
		return keys_source(&session->keys, session->conn);
	session->in = open_pipe_again(0, O_RDONLY);
	return (struct pith_source){ .kind = PITH_STREAM_FD, .fd = session->in >= 0 ? session->in : 0 };
}

void session_outputs(struct session *session, struct pith_sink *output, struct pith_sink *errors)
{
	session->out = open_pipe_again(1, O_WRONLY);
	session->err = open_pipe_again(2, O_WRONLY);
	*output = (struct pith_sink){ .kind = PITH_STREAM_FD, .fd = session->out >= 0 ? session->out : 1 };
	*errors = (struct pith_sink){ .kind = PITH_STREAM_FD, .fd = session->err >= 0 ? session->err : 2 };
}

static void keep_record(struct session *session)
{
	if (session->record.cause != PITH_CAUSE_NONE && pith_result_json(session->conn))
		session->json = strdup(pith_result_json(session->conn));
}

void session_run_exec(struct session *session, const struct pith_exec_options *options)
{
	/* A terminal has keys for signals; a shell with a terminal ignores SIGTERM, so a forwarded SIGTERM could not end pith. */
	bool forward = !options->tty;

	if (forward)
		signals_forward(session->conn);
	session->code = pith_exec(session->conn, options, &session->record, &session->error);
	terminal_leave();
	if (forward)
		signals_stop();
	keep_record(session);
}

void session_run_attach(struct session *session, const struct pith_attach_options *options)
{
	bool forward = !session->no_signals && !session->escapes;

	if (forward)
		signals_forward(session->conn);
	session->code = pith_attach(session->conn, options, &session->record, &session->error);
	terminal_leave();
	if (forward)
		signals_stop();
	keep_record(session);
	/* Gaps in the bytes of this session were reported already. */
	session->record.stdout_lost_bytes = session->record.stderr_lost_bytes = 0;
}

static int status_of_failure(const struct session *session)
{
	if (session->code == PITH_INTERRUPTED)
		return 128 + signals_last();
	if (session->code == PITH_OUTPUT_FAILED && session->error.os_errno == EPIPE && !session->pipe_was_ignored) {
		/* Like cat, pith dies of SIGPIPE without a message when its reader is gone. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	cmd_fail(&session->error);
	if (session->code == PITH_LOST && session->record.id[0])
		cmd_say("the program may run on: pith attach %s", session->record.id);
	return session->code == PITH_DEADLINE ? STATUS_TIMED_OUT : STATUS_FAILED;
}

static void tell_left(const struct session *session)
{
	const struct pith_exit_record *record = &session->record;

	if (record->stderr_bytes)
		cmd_say("left %s, which runs on; to attach again: pith attach --from %llu,%llu %s", record->id,
			(unsigned long long)record->stdout_bytes, (unsigned long long)record->stderr_bytes, record->id);
	else
		cmd_say("left %s, which runs on; to attach again: pith attach --from %llu %s", record->id,
			(unsigned long long)record->stdout_bytes, record->id);
}

int session_status(struct session *session)
{
	char buf[STATUS_SENTENCE_MAX];
	const char *sentence;

	if (session->code != PITH_OK)
		return status_of_failure(session);
	if (session->is_viewer)
		return 0;
	if (session->record.cause == PITH_CAUSE_DETACHED) {
		tell_left(session);
		return 0;
	}
	sentence = status_sentence(&session->record, session->program, buf);
	if (sentence)
		cmd_say("%s", sentence);
	return status_of_record(&session->record);
}

char *session_error_json(const struct session *session)
{
	const struct pith_error *err = &session->error;
	struct json *error = json_new_object();
	char *text = NULL;

	if (error && json_add_string(error, "error", pith_code_name(err->code)) &&
	    json_add_string(error, "message", err->message) && json_add_string(error, "guest_code", err->guest_code))
		text = json_print(error);
	json_free(error);
	return text;
}
