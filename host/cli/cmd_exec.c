/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns `pith exec`: this process stands in for the program in the guest, with its streams, its signals and its status.
 *
 * Never: changes the flags of stdin, stdout or stderr, which other processes share.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "clock.h"
#include "cmd.h"
#include "host/json.h"
#include "io.h"
#include "status.h"

static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM };

/* For the handler: one exec per process. */
static struct pith_conn *volatile signal_target;
static volatile sig_atomic_t last_signal;

#define INSISTING_US 2000000	/* nobody presses Ctrl-C three times in 2 s who still wants to wait */

/* True for the third SIGINT or SIGTERM in a short time. Runs in the handler only, which does not interrupt itself. */
static bool is_insisting(int signal_number)
{
	static int64_t before, last;
	int64_t now = clock_us(CLOCK_MONOTONIC);
	bool third = before != 0 && now - before < INSISTING_US;

	if (signal_number != SIGINT && signal_number != SIGTERM)
		return false;
	before = last;
	last = now;
	return third;
}

/* The way out for a user whose guest does not answer any more: else every signal would go there. */
static void forward_signal(int signal_number)
{
	int saved = errno;

	last_signal = signal_number;
	if (is_insisting(signal_number)) {
		signal(signal_number, SIG_DFL);
		raise(signal_number);
	} else {
		pith_exec_signal(signal_target, signal_number);
	}
	errno = saved;
}

/* What was ignored (nohup) stays ignored. */
static void forward_signals(struct pith_conn *conn)
{
	struct sigaction action = { .sa_handler = forward_signal, .sa_flags = SA_RESTART }, old;

	signal_target = conn;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaddset(&action.sa_mask, forwarded[i]);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
		if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(forwarded[i], &action, NULL);
	}
}

/* The handler must not find a connection that is gone. */
static void stop_forwarding(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
		struct sigaction old;

		if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler == forward_signal)
			signal(forwarded[i], SIG_IGN);
	}
}

/*
 * A pipe can be opened again through /proc with flags of our own: large writes that do not block. Where that fails,
 * libpith manages with the fd as it is.
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

/* NAME alone takes the value from here, and is left out where there is none. False without memory. */
static bool complete_env(struct string_list *env, char **owned)
{
	size_t kept = 0;

	for (size_t i = 0; i < env->count; i++) {
		const char *name = env->items[i], *value = strchr(name, '=') ? NULL : getenv(name);

		if (strchr(name, '=')) {
			env->items[kept++] = name;
		} else if (value) {
			size_t size = strlen(name) + strlen(value) + 2;

			owned[i] = malloc(size);
			if (!owned[i])
				return false;
			snprintf(owned[i], size, "%s=%s", name, value);
			env->items[kept++] = owned[i];
		}
	}
	env->items[kept] = NULL;
	env->count = kept;
	return true;
}

static bool read_on_disconnect(const char *text, enum pith_on_disconnect *ret)
{
	if (!text)
		*ret = PITH_DISCONNECT_DEFAULT;
	else if (strcmp(text, "keep") == 0)
		*ret = PITH_DISCONNECT_KEEP;
	else if (strcmp(text, "kill") == 0)
		*ret = PITH_DISCONNECT_KILL;
	else
		return false;
	return true;
}

static char *error_json(const struct pith_error *err)
{
	struct json *error = json_new_object();
	char *text = NULL;

	if (error && json_add_string(error, "error", pith_code_name(err->code)) &&
	    json_add_string(error, "message", err->message) && json_add_string(error, "guest_code", err->guest_code))
		text = json_print(error);
	json_free(error);
	return text;
}

static int write_record(int fd, const char *path, const char *json)
{
	size_t len = strlen(json), done = 0;
	ssize_t n = 0;

	for (; done < len && n >= 0; done += n > 0 ? (size_t)n : 0)
		n = io_write(fd, json + done, len - done);
	if (n >= 0)
		n = io_write(fd, "\n", 1);
	if (n >= 0)
		return 0;
	cmd_say("cannot write the record to %s: %s", path, strerror((int)-n));
	return STATUS_FAILED;
}

struct outcome {
	enum pith_code code;
	struct pith_exit_record record;
	struct pith_error err;
	char *json;	/* the record's, or NULL */
	int status;
};

static void run_connected(struct pith_conn *conn, const struct pith_exec_options *given, struct outcome *outcome)
{
	_cleanup_close_ int in = -1, out = -1, err = -1;
	struct pith_exec_options options = *given;

	if (options.input.kind == PITH_STREAM_FD) {
		in = open_pipe_again(0, O_RDONLY);
		options.input.fd = in >= 0 ? in : 0;
	}
	out = open_pipe_again(1, O_WRONLY);
	err = open_pipe_again(2, O_WRONLY);
	options.output = (struct pith_sink){ .kind = PITH_STREAM_FD, .fd = out >= 0 ? out : 1 };
	options.errors = (struct pith_sink){ .kind = PITH_STREAM_FD, .fd = err >= 0 ? err : 2 };

	forward_signals(conn);
	outcome->code = pith_exec(conn, &options, &outcome->record, &outcome->err);
	stop_forwarding();
	if (outcome->record.cause != PITH_CAUSE_NONE && pith_result_json(conn))
		outcome->json = strdup(pith_result_json(conn));
}

static int status_of_failure(const struct outcome *outcome, bool pipe_was_ignored)
{
	if (outcome->code == PITH_INTERRUPTED)
		return 128 + last_signal;
	if (outcome->code == PITH_OUTPUT_FAILED && outcome->err.os_errno == EPIPE && !pipe_was_ignored) {
		/* As cat would: nobody reads any more, and that needs no sentence. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	cmd_fail(&outcome->err);
	return outcome->code == PITH_DEADLINE ? STATUS_TIMED_OUT : STATUS_FAILED;
}

static int tell_record(const struct outcome *outcome, const char *program)
{
	char buf[STATUS_SENTENCE_MAX];
	const char *sentence = status_sentence(&outcome->record, program, buf);

	if (sentence)
		cmd_say("%s", sentence);
	return status_of_record(&outcome->record);
}

static int run_exec(const struct settings *settings, const struct pith_exec_options *options)
{
	_cleanup_close_ int record_fd = -1;
	bool pipe_was_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	struct outcome outcome = { .code = PITH_OK };
	struct pith_conn *conn = NULL;
	int failed = 0;

	/* Before the program runs, so that it does not run for nothing. */
	if (settings->record) {
		record_fd = open(settings->record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (record_fd < 0) {
			cmd_say("cannot write the record to %s: %s", settings->record, strerror(errno));
			return STATUS_FAILED;
		}
	}
	outcome.code = cmd_connect(settings, &conn, &outcome.err);
	if (outcome.code == PITH_OK)
		run_connected(conn, options, &outcome);
	pith_close(conn);
	if (settings->record) {
		_cleanup_free_ char *json = outcome.json ? outcome.json : error_json(&outcome.err);

		failed = json ? write_record(record_fd, settings->record, json) : STATUS_FAILED;
	} else {
		free(outcome.json);
	}
	if (outcome.code != PITH_OK)
		return status_of_failure(&outcome, pipe_was_ignored);
	return failed ? failed : tell_record(&outcome, options->argv[0]);
}

int cmd_exec(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct string_list env = settings->env;
	char **owned = calloc(env.count + 1, sizeof(*owned));
	struct pith_exec_options options = {
		.argv = (const char *const *)invocation->arguments,
		.env = env.items,
		.clean_env = settings->clean_env,
		.cwd = settings->cwd,
		.id = settings->id,
		.timeout_ms = settings->timeout_ms,
		.max_output_bytes = settings->max_output_bytes,
	};
	int status = STATUS_FAILED;
	size_t owned_count = env.count;

	if (!settings->no_stdin)
		options.input.kind = PITH_STREAM_FD;
	if (!owned || !complete_env(&env, owned))
		cmd_say("there is no memory left");
	else if (!read_on_disconnect(settings->on_disconnect, &options.on_disconnect))
		cmd_say("exec: --on-disconnect %s: it must be keep or kill (pith help exec)", settings->on_disconnect);
	else
		status = run_exec(settings, &options);
	for (size_t i = 0; owned && i < owned_count; i++)
		free(owned[i]);
	free(owned);
	return status;
}
