/* SPDX-License-Identifier: Apache-2.0 */
/* Owns ps, wait, kill, forget, stdin and env: requests about execs on one connection, and their output. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/signame.h"
#include "host/cli/cmd.h"
#include "host/cli/env.h"
#include "host/cli/parse_units.h"
#include "host/cli/status.h"
#include "host/lib/json.h"

#define COMMAND_COLUMNS 60 /* of a command line in the table; --json has the whole line */

struct table {
	bool json;
	size_t count;
	uint64_t now_us; /* of the guest's clock */
};

static void print_row(const struct table *table, const struct pith_exec_entry *entry)
{
	char age[PARSE_UNITS_TEXT_MAX], out[PARSE_UNITS_TEXT_MAX], err[PARSE_UNITS_TEXT_MAX];
	uint64_t age_us = table->now_us > entry->started_us ? table->now_us - entry->started_us : 0;

	if (table->count == 0)
		printf("%-14s %7s %-20s %12s %11s %11s %s\n", "ID", "PID", "STATE", "STARTED", "STDOUT", "STDERR",
		       "COMMAND");
	printf("%-14s %7" PRIu64 " %-20s %12s %11s %11s %.*s%s\n", entry->id, entry->pid,
	       entry->ending[0]  ? entry->ending
	       : entry->attached ? "running, attached"
				 : entry->state,
	       parse_units_format_us(age_us, age), parse_units_format_size(entry->stdout_bytes, out),
	       parse_units_format_size(entry->stderr_bytes, err), COMMAND_COLUMNS, entry->command,
	       strlen(entry->command) > COMMAND_COLUMNS ? "…" : "");
}

static int on_entry(void *user, const struct pith_exec_entry *entry)
{
	struct table *table = user;

	if (table->json) {
		fputs(table->count ? "," : "", stdout);
		cmd_print_json_part(entry->json);
	} else {
		print_row(table, entry);
	}
	table->count++;
	return 0;
}

int cmd_ps(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct table table = { .json = settings->json };
	struct pith_pong pong = { .realtime_us = 0 };
	struct pith_conn *conn;
	struct pith_error err;
	uint64_t forgotten = 0;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_ping(conn, cmd_timeout(settings), &pong, &err);
	table.now_us = pong.realtime_us;
	if (settings->json)
		fputs("{\"execs\":[", stdout);
	if (code == PITH_OK)
		code = pith_list(conn, cmd_timeout(settings), on_entry, &table, &forgotten, &err);
	pith_close(conn);
	if (code != PITH_OK)
		return cmd_fail(&err);
	if (settings->json)
		printf("],\"forgotten\":%" PRIu64 "}\n", forgotten);
	else if (forgotten)
		cmd_say("%" PRIu64 " older records went to make room", forgotten);
	return cmd_finish_output();
}

static int tell_record(const struct pith_conn *conn, const struct settings *settings, const char *id,
		       const struct pith_exit_record *record)
{
	char buf[STATUS_SENTENCE_MAX];
	const char *sentence = status_sentence(record, id, buf);

	if (settings->json) {
		cmd_print_json(pith_result_json(conn));
		if (cmd_finish_output() != 0)
			return STATUS_FAILED;
	} else if (sentence) {
		cmd_say("%s", sentence);
	}
	return status_of_record(record);
}

int cmd_wait(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	int64_t timeout_ms = settings->timeout_ms ? settings->timeout_ms : PITH_FOREVER;
	const char *id = invocation->arguments[0];
	struct pith_exit_record record;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);
	int status;

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_wait(conn, id, timeout_ms, &record, &err);
	if (code == PITH_OK)
		status = tell_record(conn, settings, id, &record);
	else
		status = cmd_fail(&err);
	if (code == PITH_GUEST_ERROR && strcmp(err.guest_code, "timed_out") == 0)
		status = STATUS_TIMED_OUT;
	pith_close(conn);
	return status;
}

/* err is NULL if the request succeeded. */
static void print_id(const char *id, const struct pith_error *err)
{
	struct json *line = json_new_object();
	bool complete = line && json_add_string(line, "id", id);
	_cleanup_free_ char *text = NULL;

	if (complete && err)
		complete = json_add_string(line, "error", pith_code_name(err->code)) &&
			   json_add_string(line, "message", err->message) &&
			   json_add_string(line, "guest_code", err->guest_code);
	text = complete ? json_print(line) : NULL;
	json_free(line);
	cmd_print_json(text ? text : "{}");
}

/* Runs the request for every id, also after a failed one. */
static int for_each_id(const struct invocation *invocation,
		       enum pith_code (*act)(struct pith_conn *conn, const char *id, const struct settings *settings,
					     struct pith_error *err))
{
	const struct settings *settings = &invocation->settings;
	struct pith_conn *conn;
	struct pith_error err;
	int status = 0;

	if (cmd_connect(settings, &conn, &err) != PITH_OK)
		return cmd_fail(&err);
	for (char **id = invocation->arguments; *id; id++) {
		enum pith_code code = act(conn, *id, settings, &err);

		if (settings->json)
			print_id(*id, code == PITH_OK ? NULL : &err);
		if (code != PITH_OK)
			status = cmd_fail(&err);
		if (code == PITH_LOST || code == PITH_DEADLINE)
			break;
	}
	pith_close(conn);
	return cmd_finish_output() ? STATUS_FAILED : status;
}

static enum pith_code kill_one(struct pith_conn *conn, const char *id, const struct settings *settings,
			       struct pith_error *err)
{
	if (settings->signal)
		return pith_signal(conn, id, settings->signal, cmd_timeout(settings), err);
	return pith_kill(conn, id, cmd_timeout(settings), err);
}

static enum pith_code forget_one(struct pith_conn *conn, const char *id, const struct settings *settings,
				 struct pith_error *err)
{
	return pith_forget(conn, id, cmd_timeout(settings), err);
}

int cmd_kill(const struct invocation *invocation)
{
	const char *name = invocation->settings.signal;

	if (name && signame_parse(name) == 0) {
		cmd_say("kill: --signal %.64s: it must be a signal's name, or its number from 1 to 64 (pith help kill)",
			name);
		return STATUS_FAILED;
	}
	return for_each_id(invocation, kill_one);
}

int cmd_forget(const struct invocation *invocation)
{
	return for_each_id(invocation, forget_one);
}

/* Closes the connection. */
static int end_with_answer(struct pith_conn *conn, const struct settings *settings, enum pith_code code,
			   const struct pith_error *err)
{
	if (code == PITH_OK && settings->json)
		cmd_print_json(pith_result_json(conn));
	pith_close(conn);
	return code == PITH_OK ? cmd_finish_output() : cmd_fail(err);
}

int cmd_stdin(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_source input = { .kind = PITH_STREAM_FD, .fd = 0 };
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_stdin(conn, invocation->arguments[0], &input,
			  settings->keep_open ? PITH_STDIN_LEAVE : PITH_STDIN_CLOSE, NULL, &err);
	return end_with_answer(conn, settings, code, &err);
}

static int set_env(const struct settings *settings, const char *const *env)
{
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_env_set(conn, env, cmd_timeout(settings), &err);
	return end_with_answer(conn, settings, code, &err);
}

int cmd_env(const struct invocation *invocation)
{
	static const char *const nothing[] = { NULL };
	const char *const *words = (const char *const *)invocation->arguments;
	size_t count = 0;
	struct env env;
	int status = STATUS_FAILED;

	while (words[count])
		count++;
	if (count == 1 && strcmp(words[0], "clear") == 0)
		return set_env(&invocation->settings, nothing);
	if (count < 2 || strcmp(words[0], "set") != 0) {
		cmd_say("env: it must be `env set NAME[=VALUE]...` or `env clear` (pith help env)");
		return STATUS_FAILED;
	}
	if (env_make(&env, words + 1, count - 1))
		status = set_env(&invocation->settings, env.items);
	else
		cmd_say("there is no memory left");
	env_deinit(&env);
	return status;
}
