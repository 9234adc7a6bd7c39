/* SPDX-License-Identifier: Apache-2.0 */
/* Owns configure, configuration, mount, unmount and mounts: their requests, from options or a document, and their output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/document.h"
#include "host/cli/parse_units.h"
#include "host/lib/error.h"

/* Steps of a configuration have time limits of their own in the guest; this one is above the sum of a few steps. */
#define CONFIGURE_TIMEOUT_MS (5 * 60 * 1000)
#define MOUNT_TIMEOUT_MS 10000
#define MOUNTS_SHOWN 100000	/* the kernel's own bound, fs.mount-max */

/* Returns the reply as a tree, which the caller frees; conn keeps its text. NULL after an error message. Consumes fields. */
static struct json *ask(struct pith_conn *conn, const char *op, struct json *fields, int64_t timeout_ms)
{
	_cleanup_free_ char *text = fields ? json_print(fields) : NULL;
	const char *result, *problem;
	struct pith_error err;

	json_free(fields);
	if (pith_request(conn, op, text, timeout_ms, &result, &err) != PITH_OK) {
		cmd_fail(&err);
		return NULL;
	}
	/* libpith has checked the text; only memory can be short. */
	return json_parse_object(result, strlen(result), &problem);
}

static int64_t given_or(const struct settings *settings, int64_t timeout_ms)
{
	return settings->timeout_ms ? settings->timeout_ms : timeout_ms;
}

/* Sends one request and shows the reply with show(), which returns the exit status. */
static int run(const struct settings *settings, const char *op, struct json *fields, int64_t timeout_ms,
	       int (*show)(const struct json *answer))
{
	struct pith_conn *conn;
	struct pith_error err;
	struct json *answer;
	int status;

	if (cmd_connect(settings, &conn, &err) != PITH_OK) {
		json_free(fields);
		return cmd_fail(&err);
	}
	answer = ask(conn, op, fields, timeout_ms);
	status = answer ? 0 : STATUS_FAILED;
	if (answer && settings->json) {
		cmd_print_json(pith_result_json(conn));
		status = json_get_count(answer, "failed", 0) ? STATUS_REFUSED : 0;
	} else if (answer) {
		status = show(answer);
	}
	json_free(answer);
	pith_close(conn);
	return cmd_finish_output() ? STATUS_FAILED : status;
}

static void print_failures(const struct json *step)
{
	char path[DOCUMENT_SHOWN], what[DOCUMENT_SHOWN];

	for (const struct json *item = json_first_item(step, "failures"); item; item = json_next_item(item))
		cmd_say("%s: %s", document_shown(item, "path", path), document_shown(item, "message", what));
}

static void print_steps(const struct json *answer, const char *name)
{
	for (const struct json *step = json_first_item(answer, name); step; step = json_next_item(step)) {
		char title[DOCUMENT_SHOWN], target[DOCUMENT_SHOWN], message[DOCUMENT_SHOWN], time[PARSE_UNITS_TEXT_MAX];

		document_shown(step, "target", target);
		printf("%-10s %12s  %s%s%s\n", document_shown(step, "step", title),
		       parse_units_format_us(json_get_count(step, "us", 0), time),
		       target, target[0] ? " " : "", json_get_bool(step, "ok") ? "" : "failed");
		if (json_get_bool(step, "ok"))
			continue;
		if (json_first_item(step, "failures"))
			print_failures(step);
		else
			cmd_say("%s%s%s: %s", title, target[0] ? " " : "", target, document_shown(step, "message", message));
	}
}

static int show_configured(const struct json *answer)
{
	print_steps(answer, "steps");
	return json_get_count(answer, "failed", 0) ? STATUS_REFUSED : 0;
}

int cmd_configure(const struct invocation *invocation)
{
	const char *path = invocation->arguments[0], *problem;
	_cleanup_free_ char *text = document_read(path);
	struct json *document, *fields;

	if (!text)
		return STATUS_FAILED;
	document = json_parse_object(text, strlen(text), &problem);
	fields = json_new_object();
	if (!document || !fields || !json_add_object(fields, "config", document) ||
	    (invocation->settings.replace && !json_add_bool(fields, "replace", true))) {
		json_free(fields);
		cmd_say("there is no memory left");
		return STATUS_FAILED;
	}
	return run(&invocation->settings, "configure", fields, given_or(&invocation->settings, CONFIGURE_TIMEOUT_MS), show_configured);
}

static void print_left_out(const struct json *answer)
{
	char name[DOCUMENT_SHOWN];

	for (const struct json *item = json_first_item(answer, "left_out"); item; item = json_next_item(item)) {
		const char *text = json_item_string(item);

		text_copy_printable(name, sizeof(name), text ? text : "");
		printf("%-14s %s: no key of this version\n", "left_out", name);
	}
}

static int show_configuration(const struct json *answer)
{
	static const char *const members[] = { "configuration", "sources", "main" };
	char problem[DOCUMENT_SHOWN];

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *member = json_get_object(answer, members[i]);
		_cleanup_free_ char *text = member ? json_print(member) : NULL;

		if (!text)
			continue;
		printf("%-14s ", members[i]);
		cmd_print_json(text);
	}
	print_left_out(answer);
	if (document_shown(answer, "problem", problem)[0])
		printf("%-14s %s\n", "problem", problem);
	if (json_get_bool(answer, "busy"))
		puts("it is being done");
	print_steps(answer, "boot_steps");
	return 0;
}

int cmd_configuration(const struct invocation *invocation)
{
	return run(&invocation->settings, "configuration", NULL, cmd_timeout(&invocation->settings), show_configuration);
}

static int show_mounted(const struct json *answer)
{
	char target[DOCUMENT_SHOWN], type[DOCUMENT_SHOWN], source[DOCUMENT_SHOWN];

	printf("%s%s%s is on %s%s\n", document_shown(answer, "source", source), document_shown(answer, "type", type)[0] ? ", " : "", type,
	       document_shown(answer, "target", target), json_get_bool(answer, "already") ? " already" : "");
	return 0;
}

int cmd_mount(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	char **words = invocation->arguments;
	struct json *fields = json_new_object(), *wish = json_new_object();
	const char *target = words[1] ? words[1] : words[0], *source = words[1] ? words[0] : NULL;
	bool complete = fields && wish && json_add_string(wish, "target", target);

	if (words[1] && words[2]) {
		cmd_say("mount: say SOURCE and TARGET, or TARGET alone");
		json_free(fields);
		json_free(wish);
		return STATUS_FAILED;
	}
	complete = complete && (!source || json_add_string(wish, "source", source));
	complete = complete && (!settings->type || json_add_string(wish, "type", settings->type));
	complete = complete && (!settings->mount_options.count || json_add_strings(wish, "options", settings->mount_options.items));
	complete = complete && (!settings->grow || json_add_bool(wish, "grow", true));
	complete = complete && (!settings->wait_device_ms || json_add_integer(wish, "wait_ms", settings->wait_device_ms));
	complete = complete && (!settings->timeout_ms || json_add_integer(wish, "timeout_ms", settings->timeout_ms));
	if (!complete || !json_add_object(fields, "mount", wish)) {
		cmd_say("there is no memory left");
		json_free(fields);
		return STATUS_FAILED;
	}
	/* The guest's own timeout comes first, and its error names the step. */
	return run(settings, "mount", fields, settings->wait_device_ms + given_or(settings, MOUNT_TIMEOUT_MS) + MOUNT_TIMEOUT_MS,
		   show_mounted);
}

static int show_nothing(const struct json *answer)
{
	(void)answer;
	return 0;
}

int cmd_unmount(const struct invocation *invocation)
{
	struct json *fields = json_new_object();

	if (!fields || !json_add_string(fields, "target", invocation->arguments[0]) ||
	    (invocation->settings.lazy && !json_add_bool(fields, "lazy", true))) {
		cmd_say("there is no memory left");
		json_free(fields);
		return STATUS_FAILED;
	}
	return run(&invocation->settings, "unmount", fields, given_or(&invocation->settings, 2 * MOUNT_TIMEOUT_MS), show_nothing);
}

static void print_mount(const struct json *item, bool as_json)
{
	char target[DOCUMENT_SHOWN], type[DOCUMENT_SHOWN], source[DOCUMENT_SHOWN], options[DOCUMENT_SHOWN];
	_cleanup_free_ char *text = as_json ? json_print(item) : NULL;

	if (as_json)
		cmd_print_json(text ? text : "{}");
	else
		printf("%-24s %-10s %-24s %s\n", document_shown(item, "target", target), document_shown(item, "type", type),
		       document_shown(item, "source", source), document_shown(item, "options", options));
}

int cmd_mounts(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_conn *conn;
	struct pith_error err;
	uint64_t after = 0, next;
	int status = 0;

	if (cmd_connect(settings, &conn, &err) != PITH_OK)
		return cmd_fail(&err);
	/* A page must move the cursor forward, so that a hostile guest cannot make this loop endless. */
	for (;; after = next) {
		struct json *fields = json_new_object(), *answer = NULL;

		if (fields && json_add_integer(fields, "after", (int64_t)after))
			answer = ask(conn, "mounts", fields, cmd_timeout(settings));
		else
			json_free(fields);
		if (!answer) {
			status = STATUS_FAILED;
			break;
		}
		for (const struct json *item = json_first_item(answer, "mounts"); item; item = json_next_item(item))
			print_mount(item, settings->json);
		next = json_get_count(answer, "after", 0);
		json_free(answer);
		if (next <= after || next > MOUNTS_SHOWN)
			break;
	}
	pith_close(conn);
	return cmd_finish_output() ? STATUS_FAILED : status;
}
