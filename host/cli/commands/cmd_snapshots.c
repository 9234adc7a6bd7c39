/* SPDX-License-Identifier: Apache-2.0 */
/* Owns quiesce, keepalive, thaw, resume and snapshot-status: options for libpith, and the output of replies. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/document.h"
#include "host/cli/env.h"
#include "host/cli/parse_units.h"
#include "host/include/pith_snapshots.h"

/* Above the sum of the guest's time limits for hooks, the cgroup freeze, sync and FIFREEZE. */
#define SNAPSHOT_TIMEOUT_MS (5 * 60 * 1000)
#define ENTROPY_TEXT_MAX ((size_t)2 * PITH_ENTROPY_MAX_BYTES)

static int64_t snapshot_timeout(const struct settings *settings)
{
	return settings->timeout_ms ? settings->timeout_ms : SNAPSHOT_TIMEOUT_MS;
}

static void print_steps(const struct pith_steps *steps)
{
	char time[PARSE_UNITS_TEXT_MAX];

	for (size_t i = 0; i < steps->count; i++) {
		const struct pith_step *step = &steps->items[i];

		printf("  %-16s %12s%s%s\n", step->name, parse_units_format_us(step->us, time),
		       step->errno_name[0] ? "   failed: " : "", step->errno_name);
	}
}

/* Prints the reply: unchanged with --json, else by show(answer). Consumes conn. */
static int end(struct pith_conn *conn, const struct settings *settings, enum pith_code code,
	       const struct pith_error *err, void (*show)(const void *), const void *answer)
{
	if (code == PITH_OK && settings->json)
		cmd_print_json(pith_result_json(conn));
	else if (code == PITH_OK)
		show(answer);
	pith_close(conn);
	return code == PITH_OK ? cmd_finish_output() : cmd_fail(err);
}

static bool read_mode(const char *text, enum pith_quiesce_mode *ret)
{
	static const char *const names[] = {
		[PITH_QUIESCE_MEMORY] = "memory",
		[PITH_QUIESCE_DISK] = "disk",
		[PITH_QUIESCE_TEMPLATE] = "template",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!text || strcmp(text, names[i]) == 0) {
			*ret = (enum pith_quiesce_mode)i;
			return true;
		}
	}
	cmd_say("quiesce: --mode is memory, disk or template, not \"%s\"", text);
	return false;
}

static void show_quiesced(const void *answer)
{
	const struct pith_quiesced *quiesced = answer;
	char time[PARSE_UNITS_TEXT_MAX];

	printf("token       %s\ngeneration  %s\nthaws in    %s\n", quiesced->token, quiesced->generation,
	       parse_units_format_us(quiesced->ttl_ms * 1000, time));
	print_steps(&quiesced->steps);
	for (size_t i = 0; i < quiesced->filesystem_count; i++) {
		const struct pith_filesystem *fs = &quiesced->filesystems[i];

		printf("  %-16s %12s   %s %s\n", fs->result, parse_units_format_us(fs->us, time), fs->type, fs->path);
	}
}

int cmd_quiesce(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_quiesce_options options = { .id = settings->id,
						.on_timeout = settings->on_timeout,
						.ttl_ms = settings->ttl_ms,
						.freeze_timeout_ms = settings->freeze_timeout_ms,
						.sync_timeout_ms = settings->sync_timeout_ms,
						.hook_timeout_ms = settings->hook_timeout_ms };
	static struct pith_quiesced quiesced;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code;

	if (!read_mode(settings->mode, &options.mode))
		return STATUS_FAILED;
	code = cmd_connect(settings, &conn, &err);
	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_quiesce(conn, &options, snapshot_timeout(settings), &quiesced, &err);
	return end(conn, settings, code, &err, show_quiesced, &quiesced);
}

static void show_nothing(const void *answer)
{
	(void)answer;
}

int cmd_keepalive(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_keepalive(conn, settings->token, settings->ttl_ms, cmd_timeout(settings), NULL, &err);
	return end(conn, settings, code, &err, show_nothing, NULL);
}

static void show_thawed(const void *answer)
{
	const struct pith_thawed *thawed = answer;

	puts(thawed->thawed ? "thawed" : "there was nothing to thaw");
	print_steps(&thawed->steps);
}

int cmd_thaw(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_thawed thawed;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_thaw(conn, settings->token, settings->force ? PITH_FORCE_YES : PITH_FORCE_NO,
			 snapshot_timeout(settings), &thawed, &err);
	return end(conn, settings, code, &err, show_thawed, &thawed);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool read_entropy(const char *text, uint8_t bytes[PITH_ENTROPY_MAX_BYTES], struct pith_resume_options *options)
{
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return true;
	for (size_t i = 0; len <= ENTROPY_TEXT_MAX && len % 2 == 0 && i < len; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);

		if (high < 0 || low < 0)
			break;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
		options->entropy_bytes = i / 2 + 1;
	}
	options->entropy = bytes;
	if (options->entropy_bytes >= PITH_ENTROPY_MIN_BYTES && options->entropy_bytes * 2 == len)
		return true;
	cmd_say("resume: --entropy is %d to %d pairs of hex digits", PITH_ENTROPY_MIN_BYTES, PITH_ENTROPY_MAX_BYTES);
	return false;
}

/* Reads seconds since 1970, with up to six digits after the point. */
static bool read_clock(const char *text, int64_t *ret_us)
{
	int64_t value = 0;
	int behind = -1;

	if (!text)
		return true;
	for (const char *c = text; *c; c++) {
		if (*c == '.' && behind < 0 && c > text) {
			behind = 0;
			continue;
		}
		/* Keeps the value below 10^16 us, the year 2286. */
		if (*c < '0' || *c > '9' || behind == 6 || value >= 1000000000000000)
			goto bad;
		value = value * 10 + (*c - '0');
		behind += behind >= 0;
	}
	for (int i = behind < 0 ? 0 : behind; i < 6 && value < 10000000000000000; i++)
		value *= 10;
	if (value > 0 && value < 10000000000000000) {
		*ret_us = value;
		return true;
	}
bad:
	cmd_say("resume: --clock is seconds since 1970, as in 1800000000.25, not \"%s\"", text);
	return false;
}

static void show_resumed(const void *answer)
{
	const struct pith_resumed *resumed = answer;
	int64_t step = resumed->clock_step_us;
	char time[PARSE_UNITS_TEXT_MAX];

	printf("generation  %s\nclock       %s%s\nsockets     %" PRIu64 " destroyed, %" PRIu64 " failed\n",
	       resumed->generation, step < 0 ? "-" : "+", parse_units_format_us((uint64_t)(step < 0 ? -step : step), time),
	       resumed->sockets_destroyed, resumed->sockets_failed);
	print_steps(&resumed->steps);
}

static int resume(const struct settings *settings, const struct pith_resume_options *options)
{
	struct pith_resumed resumed;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_resume(conn, options, snapshot_timeout(settings), &resumed, &err);
	return end(conn, settings, code, &err, show_resumed, &resumed);
}

int cmd_resume(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_resume_options options = { .id = settings->id,
					       .token = settings->token,
					       .generation = settings->generation,
					       .hostname = settings->hostname,
					       .machine_id = settings->machine_id,
					       .boot_id = settings->boot_id,
					       .sockets = settings->sockets,
					       .optional = settings->optional.count ? settings->optional.items : NULL,
					       .force = settings->force ? PITH_FORCE_YES : PITH_FORCE_NO,
					       .hook_timeout_ms = settings->hook_timeout_ms };
	_cleanup_free_ char *network = NULL, *mounts = NULL;
	uint8_t entropy[PITH_ENTROPY_MAX_BYTES];
	struct env env;
	int status = STATUS_FAILED;

	if (!read_entropy(settings->entropy, entropy, &options) || !read_clock(settings->clock, &options.realtime_us))
		return STATUS_FAILED;
	if (settings->net) {
		network = document_read(settings->net);
		if (!network)
			return STATUS_FAILED;
	}
	if (settings->mounts) {
		mounts = document_read(settings->mounts);
		if (!mounts)
			return STATUS_FAILED;
	}
	options.network = network;
	options.mounts = mounts;
	if (env_make(&env, settings->env.items, settings->env.count)) {
		options.env = settings->env.count ? env.items : NULL;
		status = resume(settings, &options);
	} else {
		cmd_say("there is no memory left");
	}
	env_deinit(&env);
	explicit_bzero(entropy, sizeof(entropy));
	return status;
}

static void show_status(const void *answer)
{
	const struct pith_snapshot_status *status = answer;

	printf("state       %s\ngeneration  %s\n", status->state, status->generation);
	if (status->token[0])
		printf("token       %s\n", status->token);
	printf("workload    %s\nquiesced    %" PRIu64 " times, resumed %" PRIu64 ", thawed %" PRIu64 " and by itself %" PRIu64
	       "\nrestores    %" PRIu64 " seen, by %s\n",
	       status->workload, status->quiesces, status->resumes, status->thaws, status->auto_thaws,
	       status->restores_seen, status->generation_source);
	if (status->last[0])
		printf("last        %s%s%s\n", status->last, status->failed_step[0] ? ", failed at " : "",
		       status->failed_step);
	print_steps(&status->steps);
}

int cmd_snapshot_status(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_snapshot_status status;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_snapshot_status(conn, cmd_timeout(settings), &status, &err);
	return end(conn, settings, code, &err, show_status, &status);
}
