/* SPDX-License-Identifier: Apache-2.0 */
/* Owns `pith exec` and `pith shell`: the way from the settings to an exec, its record and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "host/cli/cmd.h"
#include "host/cli/env.h"
#include "host/cli/session.h"
#include "host/cli/terminal.h"

#define DEFAULT_GRACE_MS 5000 /* the agent's default */
#define TIMEOUT_SLACK_MS 3000 /* the agent keeps the time and drains output for 2 s; after 3 s the agent is taken for dead */

/* Runs the user's own shell in the home directory, else bash, else sh. */
#define LOGIN_AT_HOME "cd 2>/dev/null; " LOGIN
#define LOGIN "[ -x \"$SHELL\" ] && exec \"$SHELL\" -l; [ -x /bin/bash ] && exec /bin/bash -l; exec /bin/sh -l"

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

static const char *const no_capabilities[] = { NULL };

static const char *const *capabilities(const struct settings *settings)
{
	const struct string_list *list = &settings->capabilities;

	if (list->count == 0)
		return NULL;
	return list->count == 1 && strcmp(list->items[0], "none") == 0 ? no_capabilities : list->items;
}

/* Copies the settings that need no conversion. */
static struct pith_exec_options plain_options(const struct settings *settings)
{
	return (struct pith_exec_options){
		.clean_env = settings->clean_env,
		.cwd = settings->cwd,
		.id = settings->id,
		.user = settings->user,
		.max_output_bytes = settings->max_output_bytes,
		.detach = settings->detach,
		.open_stdin = settings->open_stdin,
		.tty = settings->tty,
		.run_ms = settings->timeout_ms,
		.grace_ms = settings->grace_ms == 0 ? -1 : settings->grace_ms > 0 ? settings->grace_ms : 0,
		.limits = {
			.memory_max_bytes = settings->memory_bytes,
			.has_swap_max = settings->swap_bytes != SETTING_NOT_GIVEN,
			.swap_max_bytes = settings->swap_bytes,
			.pids_max = settings->pids,
			.cpu_max_millis = settings->cpu_millis,
			.io_weight = settings->io_weight,
		},
		.ring_bytes = settings->ring_bytes,
		.has_umask = settings->umask != SETTING_NOT_GIVEN,
		.umask = (uint32_t)settings->umask,
		.nice = (int)settings->nice,
		.oom_score_adj = (int)settings->oom_score_adj,
		.rlimits = settings->ulimits.items,
		.capabilities = capabilities(settings),
		.no_new_privs = settings->no_new_privs,
	};
}

static bool read_when_unread(const struct settings *settings, struct pith_exec_options *options)
{
	const char *text = settings->when_unread;

	options->block_when_unread = text && strcmp(text, "block") == 0;
	if (text && !options->block_when_unread && strcmp(text, "drop") != 0)
		return cmd_fail_choice("exec", "when-unread", text, "drop or block");
	return true;
}

static void set_streams(struct session *session, struct pith_exec_options *options)
{
	const struct settings *settings = session->settings;

	session->escapes = options->tty && !options->detach && isatty(0);
	if (options->tty)
		terminal_size(&options->rows, &options->cols);
	if (options->detach)
		return;
	if (options->tty && !session->escapes)
		cmd_say("stdin is not a terminal: its bytes pass as they are, and ~. does not leave");
	if (!settings->no_stdin)
		options->input = session_input(session);
	session_outputs(session, &options->output, &options->errors);
	options->hooks = &session->hooks;
	if (options->run_ms > 0)
		options->timeout_ms = options->run_ms + TIMEOUT_SLACK_MS +
				      (settings->grace_ms >= 0 ? settings->grace_ms : DEFAULT_GRACE_MS);
	options->reattach_ms = cmd_reattach(settings);
}

static int tell_detached(const struct session *session)
{
	if (session->code != PITH_OK || session->record.cause != PITH_CAUSE_DETACHED)
		return -1;
	if (session->settings->json && session->json)
		cmd_print_json(session->json);
	else
		puts(session->record.id);
	return cmd_finish_output();
}

static int run_session(struct session *session, struct pith_exec_options *options)
{
	const struct settings *settings = session->settings;
	_cleanup_close_ int record_fd = -1;
	int status = -1, failed = 0;

	/* The file is opened before the program starts, so that no program runs whose record cannot be written. */
	if (settings->record) {
		record_fd = open(settings->record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (record_fd < 0) {
			cmd_say("cannot write the record to %s: %s", settings->record, strerror(errno));
			return STATUS_FAILED;
		}
	}
	if (session_connect(session) == PITH_OK) {
		set_streams(session, options);
		session_run_exec(session, options);
	}
	if (settings->record) {
		_cleanup_free_ char *error = session->json ? NULL : session_error_json(session);
		const char *json = session->json ? session->json : error;

		failed = json ? write_record(record_fd, settings->record, json) : STATUS_FAILED;
	}
	if (settings->detach)
		status = tell_detached(session);
	if (status < 0)
		status = session_status(session);
	return failed && session->code == PITH_OK ? failed : status;
}

/* TERM comes first, for a terminal only, so that -e TERM=... overrides it. */
static bool make_env(const struct settings *settings, bool tty, struct env *env)
{
	size_t count = settings->env.count;
	_cleanup_free_ const char **words = calloc(count + 2, sizeof(char *));
	size_t n = 0;

	*env = (struct env){ .count = 0 };
	if (!words)
		return false;
	if (tty && isatty(0))
		words[n++] = "TERM";
	for (size_t i = 0; i < count; i++)
		words[n++] = settings->env.items[i];
	return env_make(env, words, n);
}

static int run_program(const struct invocation *invocation, const char *const *argv, bool tty)
{
	const struct settings *settings = &invocation->settings;
	struct pith_exec_options options = plain_options(settings);
	bool login = invocation->command->run == cmd_shell;
	_cleanup_free_ struct session *session = malloc(sizeof(*session));
	struct env env;
	int status = STATUS_FAILED;

	options.argv = argv;
	options.tty = tty;
	/* Only with --user the agent sets SHELL from /etc/passwd. The script enters the home directory, which may be missing. */
	if (login && !settings->user)
		options.user = "0";
	if (login && !settings->cwd && !invocation->arguments[0])
		options.cwd = "/";
	if (!make_env(settings, tty, &env) || !session) {
		cmd_say("there is no memory left");
	} else if (cmd_read_on_disconnect(invocation->command->name, settings->on_disconnect, &options.on_disconnect) &&
		   read_when_unread(settings, &options)) {
		options.env = env.items;
		session_init(session, settings, argv[0]);
		status = run_session(session, &options);
		session_deinit(session);
	}
	env_deinit(&env);
	return status;
}

int cmd_exec(const struct invocation *invocation)
{
	return run_program(invocation, (const char *const *)invocation->arguments, invocation->settings.tty);
}

int cmd_shell(const struct invocation *invocation)
{
	const char *const login[] = { "/bin/sh", "-c", invocation->settings.cwd ? LOGIN : LOGIN_AT_HOME, NULL };
	const char *const *argv = invocation->arguments[0] ? (const char *const *)invocation->arguments : login;

	return run_program(invocation, argv, true);
}
