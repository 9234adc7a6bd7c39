/* SPDX-License-Identifier: Apache-2.0 */
/* Owns `pith attach` and `pith logs`: the output of an existing exec, from an offset on. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/parse_units.h"
#include "host/cli/session.h"

#define OFFSET_MAX (1ULL << 53)

/* "100" or "100,20". */
static bool parse_offsets(const char *text, struct pith_attach_options *options)
{
	char out[32];
	size_t len = strcspn(text, ",");

	if (len >= sizeof(out))
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	if (parse_units_count(out, 0, OFFSET_MAX, &options->stdout_offset_bytes) != PARSE_UNITS_OK)
		return false;
	return text[len] == '\0' ||
	       parse_units_count(text + len + 1, 0, OFFSET_MAX, &options->stderr_offset_bytes) == PARSE_UNITS_OK;
}

static bool read_settings(const struct settings *settings, struct pith_attach_options *options)
{
	options->stdout_offset_bytes = options->stderr_offset_bytes = PITH_OLDEST;
	options->reattach_ms = cmd_reattach(settings);
	if (settings->from_start)
		options->stdout_offset_bytes = options->stderr_offset_bytes = 0;
	if (settings->from && !parse_offsets(settings->from, options)) {
		cmd_say("attach: --from %s: it must be one or two numbers of bytes, as in 1000 or 1000,20 "
			"(pith help attach)",
			settings->from);
		return false;
	}
	return cmd_read_on_disconnect("attach", settings->on_disconnect, &options->on_disconnect);
}

/* True if the agent refused because the exec has no open stdin, and not because the id is unknown. */
static bool has_no_stdin(const struct session *session)
{
	return session->code == PITH_GUEST_ERROR && strcmp(session->error.guest_code, "not_found") == 0 &&
	       session->error.guest_field[0] == '\0';
}

int cmd_attach(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_attach_options options = { .id = invocation->arguments[0] };
	_cleanup_free_ struct session *session = malloc(sizeof(*session));
	int status;

	if (!session) {
		cmd_say("there is no memory left");
		return STATUS_FAILED;
	}
	if (!read_settings(settings, &options))
		return STATUS_FAILED;
	session_init(session, settings, options.id);
	session->escapes = isatty(0) && !settings->no_stdin;
	if (session_connect(session) == PITH_OK) {
		session_outputs(session, &options.output, &options.errors);
		options.hooks = &session->hooks;
		if (!settings->no_stdin)
			options.input = session_input(session);
		session->no_signals = settings->no_stdin;
		session_run_attach(session, &options);
		if (has_no_stdin(session)) {
			options.input.kind = PITH_STREAM_NONE;
			session_run_attach(session, &options);
		}
	}
	if (session->code == PITH_GUEST_ERROR && strcmp(session->error.guest_code, "busy") == 0)
		cmd_say("another connection writes the exec's stdin; --no-stdin reads the output without stdin");
	status = session_status(session);
	session_deinit(session);
	return status;
}

struct wanted {
	const char *id;
	uint64_t tail_bytes;
	struct pith_attach_options *options;
};

static int look_at_entry(void *user, const struct pith_exec_entry *entry)
{
	struct wanted *wanted = user;
	uint64_t out = entry->stdout_bytes, err = entry->stderr_bytes, tail = wanted->tail_bytes;

	if (strcmp(entry->id, wanted->id) != 0)
		return 0;
	wanted->options->stdout_offset_bytes = out > tail ? out - tail : 0;
	wanted->options->stderr_offset_bytes = err > tail ? err - tail : 0;
	return 1;
}

static void show(struct session *session, struct pith_attach_options *options)
{
	const struct settings *settings = session->settings;
	struct wanted wanted = { .id = options->id, .tail_bytes = settings->tail_bytes, .options = options };

	session_outputs(session, &options->output, &options->errors);
	if (settings->stderr_only)
		options->output.kind = PITH_STREAM_NONE;
	if (settings->stdout_only)
		options->errors.kind = PITH_STREAM_NONE;
	if (settings->tail_bytes != SETTING_NOT_GIVEN)
		session->code =
			pith_list(session->conn, cmd_timeout(settings), look_at_entry, &wanted, NULL, &session->error);
	if (session->code == PITH_OK)
		session_run_attach(session, options);
}

int cmd_logs(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_attach_options options = {
		.id = invocation->arguments[0],
		.stdout_offset_bytes = PITH_OLDEST,
		.stderr_offset_bytes = PITH_OLDEST,
		.no_follow = !settings->follow,
		.reattach_ms = cmd_reattach(settings),
	};
	_cleanup_free_ struct session *session = malloc(sizeof(*session));
	int status;

	if (!session) {
		cmd_say("there is no memory left");
		return STATUS_FAILED;
	}
	session_init(session, settings, options.id);
	session->is_viewer = true;
	session->no_signals = true;
	options.hooks = &session->hooks;
	if (session_connect(session) == PITH_OK)
		show(session, &options);
	status = session_status(session);
	session_deinit(session);
	return status;
}
