/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of exec's fields and of the record's members. Never: trusts a number of the guest to fit. */
#include "exec_format.h"

#include <string.h>

#include "cleanup.h"
#include "error.h"

static const struct {
	const char *name;
	enum pith_cause cause;
} causes[] = {
	{ "exited", PITH_CAUSE_EXITED },
	{ "signaled", PITH_CAUSE_SIGNALED },
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

static bool add_options(struct json *request, const struct pith_exec_options *options)
{
	if (!json_add_strings(request, "argv", options->argv))
		return false;
	if (options->env && options->env[0] && !json_add_pairs(request, "env", options->env))
		return false;
	if (options->clean_env && !json_add_bool(request, "inherit_env", false))
		return false;
	if (options->cwd && !json_add_string(request, "cwd", options->cwd))
		return false;
	if (options->id && !json_add_string(request, "id", options->id))
		return false;
	if (options->input.kind != PITH_STREAM_NONE && !json_add_bool(request, "stdin", true))
		return false;
	switch (options->on_disconnect) {
	case PITH_DISCONNECT_DEFAULT:
		return true;
	case PITH_DISCONNECT_KEEP:
		return json_add_string(request, "on_disconnect", "keep");
	case PITH_DISCONNECT_KILL:
		return json_add_string(request, "on_disconnect", "kill");
	}
	return true;
}

enum pith_code exec_request_json(const struct pith_exec_options *options, struct json **ret, struct pith_error *err)
{
	struct json *request;

	if (!options->argv || !options->argv[0])
		return error_set(err, PITH_BAD_ARGUMENT, "there is no program to run");
	for (size_t i = 0; options->env && options->env[i]; i++) {
		if (!strchr(options->env[i], '=') || options->env[i][0] == '=')
			return error_set(err, PITH_BAD_ARGUMENT, "\"%s\" is not NAME=value", options->env[i]);
	}
	request = json_new_object();
	if (!request || !add_options(request, options)) {
		json_free(request);
		return error_set(err, PITH_SYSTEM, "there is no memory left");
	}
	*ret = request;
	return PITH_OK;
}

static void read_numbers(const struct json *json, struct pith_exit_record *record)
{
	record->wall_us = json_get_count(json, "wall_us", 0);
	record->cpu_user_us = json_get_count(json, "cpu_user_us", 0);
	record->cpu_system_us = json_get_count(json, "cpu_system_us", 0);
	record->peak_memory_bytes = json_get_count(json, "peak_memory_bytes", 0);
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
	case PITH_CAUSE_KILLED:
	case PITH_CAUSE_OOM:
		/* A program that was killed by request may have got to its exit() first. */
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
