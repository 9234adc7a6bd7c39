/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of exec's fields and of the record's members. Never: trusts a number of the guest to fit. */
#include "host/lib/exec_format.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/utf8.h"
#include "host/lib/error.h"

static const struct {
	const char *name;
	enum pith_cause cause;
} causes[] = {
	{ "exited", PITH_CAUSE_EXITED },
	{ "signaled", PITH_CAUSE_SIGNALED },
	{ "timed_out", PITH_CAUSE_TIMED_OUT },
	{ "killed", PITH_CAUSE_KILLED },
	{ "oom", PITH_CAUSE_OOM },
	{ "start_failed", PITH_CAUSE_START_FAILED },
};

static enum pith_cause cause_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if (strcmp(causes[i].name, name) == 0)
			return causes[i].cause;
	}
	return PITH_CAUSE_OTHER;
}

static bool add_on_disconnect(struct json *request, enum pith_on_disconnect what)
{
	switch (what) {
	case PITH_DISCONNECT_DEFAULT:
		return true;
	case PITH_DISCONNECT_KEEP:
		return json_add_string(request, "on_disconnect", "keep");
	case PITH_DISCONNECT_KILL:
		return json_add_string(request, "on_disconnect", "kill");
	case PITH_DISCONNECT_HANGUP:
		return json_add_string(request, "on_disconnect", "hangup");
	}
	return true;
}

/* Left out where it is 0, which stands for the agent's default. */
static bool add_count(struct json *request, const char *name, uint64_t value)
{
	return value == 0 || json_add_integer(request, name, (int64_t)value);
}

static bool add_flag(struct json *request, const char *name, bool value)
{
	return !value || json_add_bool(request, name, true);
}

static bool add_text(struct json *request, const char *name, const char *value)
{
	return !value || json_add_string(request, name, value);
}

static bool add_limits(struct json *request, const struct pith_exec_options *options)
{
	const struct pith_limits *limits = &options->limits;

	return add_count(request, "memory_max_bytes", limits->memory_max_bytes) &&
	       (!limits->has_swap_max ||
		json_add_integer(request, "memory_swap_max_bytes", (int64_t)limits->swap_max_bytes)) &&
	       add_count(request, "pids_max", limits->pids_max) &&
	       add_count(request, "cpu_max_millis", limits->cpu_max_millis) &&
	       add_count(request, "io_weight", limits->io_weight) &&
	       (!options->rlimits || !options->rlimits[0] || json_add_pairs(request, "rlimits", options->rlimits)) &&
	       (!options->capabilities || json_add_strings(request, "capabilities", options->capabilities)) &&
	       add_flag(request, "no_new_privs", options->no_new_privs) &&
	       (!options->has_umask || json_add_integer(request, "umask", options->umask)) &&
	       (options->nice == 0 || json_add_integer(request, "nice", options->nice)) &&
	       (options->oom_score_adj == 0 || json_add_integer(request, "oom_score_adj", options->oom_score_adj));
}

static bool add_streams(struct json *request, const struct pith_exec_options *options)
{
	bool with_stdin = options->open_stdin || options->input.kind != PITH_STREAM_NONE;

	return add_flag(request, "stdin", with_stdin) && add_flag(request, "tty", options->tty) &&
	       add_count(request, "rows", options->rows) && add_count(request, "cols", options->cols) &&
	       add_flag(request, "detach", options->detach) && add_count(request, "ring_bytes", options->ring_bytes) &&
	       (!options->block_when_unread || json_add_string(request, "when_unread", "block"));
}

static bool add_options(struct json *request, const struct pith_exec_options *options)
{
	if (!json_add_strings(request, "argv", options->argv))
		return false;
	if (options->env && options->env[0] && !json_add_pairs(request, "env", options->env))
		return false;
	if (options->clean_env && !json_add_bool(request, "inherit_env", false))
		return false;
	if (options->grace_ms != 0 &&
	    !json_add_integer(request, "grace_ms", options->grace_ms > 0 ? options->grace_ms : 0))
		return false;
	return add_text(request, "cwd", options->cwd) && add_text(request, "id", options->id) &&
	       add_text(request, "user", options->user) &&
	       add_count(request, "timeout_ms", (uint64_t)options->run_ms) && add_streams(request, options) &&
	       add_limits(request, options) && add_on_disconnect(request, options->on_disconnect);
}

/* request is consumed where it is not complete. */
static enum pith_code hand_over(struct json *request, bool complete, struct json **ret, struct pith_error *err)
{
	if (!request || !complete) {
		json_free(request);
		return error_set_no_memory(err);
	}
	*ret = request;
	return PITH_OK;
}

enum pith_code exec_request_json(const struct pith_exec_options *options, struct json **ret, struct pith_error *err)
{
	struct json *request;

	if (options->run_ms < 0)
		return error_set(err, PITH_BAD_ARGUMENT, "run_ms is negative");
	if (!options->argv || !options->argv[0])
		return error_set(err, PITH_BAD_ARGUMENT, "there is no program to run");
	/* JSON has no other text. */
	for (size_t i = 0; options->argv[i]; i++) {
		if (!utf8_is_text(options->argv[i]))
			return error_set(err, PITH_BAD_ARGUMENT, "word %zu of the program's is not UTF-8", i + 1);
	}
	for (size_t i = 0; options->env && options->env[i]; i++) {
		if (!strchr(options->env[i], '=') || options->env[i][0] == '=')
			return error_set(err, PITH_BAD_ARGUMENT, "\"%s\" is not NAME=value", options->env[i]);
		if (!utf8_is_text(options->env[i]))
			return error_set(err, PITH_BAD_ARGUMENT, "the variable %.*s is not UTF-8",
					 (int)strcspn(options->env[i], "="), options->env[i]);
	}
	for (size_t i = 0; options->rlimits && options->rlimits[i]; i++) {
		if (!strchr(options->rlimits[i], '='))
			return error_set(err, PITH_BAD_ARGUMENT, "\"%s\" is not NAME=SOFT[:HARD]", options->rlimits[i]);
	}
	request = json_new_object();
	return hand_over(request, request && add_options(request, options), ret, err);
}

static bool add_offset(struct json *request, const char *name, uint64_t offset)
{
	return offset == PITH_OLDEST || json_add_integer(request, name, (int64_t)(offset & INT64_MAX));
}

static bool add_attach(struct json *request, const struct pith_attach_options *options)
{
	return json_add_string(request, "id", options->id) &&
	       add_offset(request, "stdout_offset_bytes", options->stdout_offset_bytes) &&
	       add_offset(request, "stderr_offset_bytes", options->stderr_offset_bytes) &&
	       add_flag(request, "stdin", options->input.kind != PITH_STREAM_NONE) &&
	       (!options->no_follow || json_add_bool(request, "follow", false)) &&
	       add_on_disconnect(request, options->on_disconnect);
}

enum pith_code attach_request_json(const struct pith_attach_options *options, struct json **ret, struct pith_error *err)
{
	struct json *request = json_new_object();

	return hand_over(request, request && add_attach(request, options), ret, err);
}

enum pith_code id_request_json(const char *id, struct json **ret, struct pith_error *err)
{
	struct json *request = json_new_object();

	return hand_over(request, request && json_add_string(request, "id", id), ret, err);
}

static void read_numbers(const struct json *json, struct pith_exit_record *record)
{
	record->wall_us = json_get_count(json, "wall_us", 0);
	record->cpu_user_us = json_get_count(json, "cpu_user_us", 0);
	record->cpu_system_us = json_get_count(json, "cpu_system_us", 0);
	record->peak_memory_bytes = json_get_count(json, "peak_memory_bytes", 0);
	record->stdin_bytes = json_get_count(json, "stdin_bytes", 0);
	record->stdout_bytes = json_get_count(json, "stdout_bytes", 0);
	record->stdout_lost_bytes = json_get_count(json, "stdout_lost_bytes", 0);
	record->stderr_bytes = json_get_count(json, "stderr_bytes", 0);
	record->stderr_lost_bytes = json_get_count(json, "stderr_lost_bytes", 0);
	record->output_open = json_get_bool(json, "output_open");
}

/* What the cause promises: a code or a signal that the caller can do arithmetic with. */
static bool read_ending(const struct json *json, struct pith_exit_record *record)
{
	uint64_t code = json_get_count(json, "code", UINT64_MAX);
	uint64_t number = json_get_count(json, "signal_number", UINT64_MAX);

	switch (record->cause) {
	case PITH_CAUSE_EXITED:
		record->code = (int)(code & 0xff);
		return code <= 255;
	case PITH_CAUSE_SIGNALED:
	case PITH_CAUSE_TIMED_OUT:
	case PITH_CAUSE_KILLED:
	case PITH_CAUSE_OOM:
		/* A program that was to be ended may have got to its exit() first. */
		if (number == UINT64_MAX && code <= 255) {
			record->code = (int)code;
			return true;
		}
		record->signal_number = (int)(number & 0x7f);
		record->core_dumped = json_get_bool(json, "core_dumped");
		return number >= 1 && number <= 64;
	case PITH_CAUSE_START_FAILED:
	case PITH_CAUSE_NONE:
	case PITH_CAUSE_DETACHED:
	case PITH_CAUSE_RUNNING:
	case PITH_CAUSE_OTHER:
		return true;
	}
	return true;
}

bool exec_record_read(const struct json *json, struct pith_exit_record *ret)
{
	struct pith_exit_record record = { .cause = PITH_CAUSE_NONE };
	const char *cause = json_get_string(json, "cause");

	text_copy_printable(record.id, sizeof(record.id), json_get_string(json, "id"));
	if (json_get_bool(json, "detached")) {
		record.cause = PITH_CAUSE_DETACHED;
		cause = "detached";
	} else if (!cause && json_get_bool(json, "running")) {
		record.cause = PITH_CAUSE_RUNNING;
		cause = "running";
	} else if (cause) {
		record.cause = cause_by_name(cause);
	} else {
		return false;
	}
	text_copy_printable(record.cause_name, sizeof(record.cause_name), cause);
	text_copy_printable(record.signal_name, sizeof(record.signal_name), json_get_string(json, "signal"));
	text_copy_printable(record.stage, sizeof(record.stage), json_get_string(json, "stage"));
	text_copy_printable(record.errno_name, sizeof(record.errno_name), json_get_string(json, "errno"));
	text_copy_printable(record.message, sizeof(record.message), json_get_string(json, "message"));
	read_numbers(json, &record);
	if (!read_ending(json, &record))
		return false;
	*ret = record;
	return true;
}
