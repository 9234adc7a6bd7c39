/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests about execs that are there already: questions with one answer. Never: trusts a list to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lib/conn.h"
#include "host/lib/error.h"
#include "host/lib/exec_format.h"
#include "host/lib/request.h"

#define PAGES_MAX 64u /* an agent holds 1024 execs and their records, a page has up to 500 */
#define WAIT_SLACK_MS 10000 /* the agent keeps the time; this is for an agent that is silent */

enum pith_code pith_signal(struct pith_conn *conn, const char *id, const char *signal, int64_t timeout_ms,
			   struct pith_error *err)
{
	struct json *fields = json_new_object();
	bool complete = fields && json_add_string(fields, "id", id) && json_add_string(fields, "signal", signal);

	return request_ask_complete(conn, "signal", fields, complete, timeout_ms, NULL, err);
}

static enum pith_code ask_by_id(struct pith_conn *conn, const char *op, const char *id, int64_t timeout_ms,
				struct pith_error *err)
{
	struct json *fields = json_new_object();

	return request_ask_complete(conn, op, fields, fields && json_add_string(fields, "id", id), timeout_ms, NULL, err);
}

enum pith_code pith_kill(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_error *err)
{
	return ask_by_id(conn, "kill", id, timeout_ms, err);
}

enum pith_code pith_forget(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_error *err)
{
	return ask_by_id(conn, "forget", id, timeout_ms, err);
}

enum pith_code pith_resize(struct pith_conn *conn, const char *id, uint16_t rows, uint16_t cols, int64_t timeout_ms,
			   struct pith_error *err)
{
	struct json *fields = json_new_object();
	bool complete = fields && json_add_string(fields, "id", id) && json_add_integer(fields, "rows", rows) &&
			json_add_integer(fields, "cols", cols);

	return request_ask_complete(conn, "resize", fields, complete, timeout_ms, NULL, err);
}

enum pith_code pith_env_set(struct pith_conn *conn, const char *const *env, int64_t timeout_ms, struct pith_error *err)
{
	struct json *fields;

	for (size_t i = 0; env[i]; i++) {
		if (!strchr(env[i], '=') || env[i][0] == '=')
			return error_set(err, PITH_BAD_ARGUMENT, "\"%s\" is not NAME=value", env[i]);
	}
	fields = json_new_object();
	return request_ask_complete(conn, "env_set", fields, fields && json_add_pairs(fields, "env", env), timeout_ms, NULL, err);
}

enum pith_code pith_wait(struct pith_conn *conn, const char *id, int64_t timeout_ms, struct pith_exit_record *ret,
			 struct pith_error *err)
{
	struct json *fields = json_new_object(), *answer = NULL;
	bool complete = fields && json_add_string(fields, "id", id) &&
			(timeout_ms < 0 || json_add_integer(fields, "timeout_ms", timeout_ms));
	int64_t patience_ms = timeout_ms < 0 ? PITH_FOREVER : timeout_ms + WAIT_SLACK_MS;
	enum pith_code code = request_ask_complete(conn, "wait", fields, complete, patience_ms, &answer, err);

	*ret = (struct pith_exit_record){ .cause = PITH_CAUSE_NONE };
	if (code != PITH_OK)
		return code;
	if (!exec_record_read(answer, ret))
		code = conn_tell_bad_reply(conn, "a record that lacks a member, or has one out of range", err);
	json_free(answer);
	return code;
}

static void read_ending(const struct json *item, struct pith_exec_entry *entry)
{
	char cause[24], signal[16];
	uint64_t code = json_get_count(item, "code", UINT64_MAX);

	text_copy_printable(cause, sizeof(cause), json_get_string(item, "cause"));
	text_copy_printable(signal, sizeof(signal), json_get_string(item, "signal"));
	if (signal[0] && strcmp(cause, "signaled") == 0)
		snprintf(entry->ending, sizeof(entry->ending), "%s", signal);
	else if (signal[0])
		snprintf(entry->ending, sizeof(entry->ending), "%.14s (%.12s)", signal, cause);
	else if (code <= 255)
		snprintf(entry->ending, sizeof(entry->ending), "%s %u", cause, (unsigned)code);
	else
		snprintf(entry->ending, sizeof(entry->ending), "%s", cause);
}

static void read_command(const struct json *item, struct pith_exec_entry *entry)
{
	size_t used = 0;

	for (const struct json *word = json_first_item(item, "argv"); word; word = json_next_item(word)) {
		size_t left = sizeof(entry->command) - used;

		if (left < 3)
			return;
		if (used > 0)
			entry->command[used++] = ' ';
		text_copy_printable(entry->command + used, sizeof(entry->command) - used, json_item_string(word));
		used += strlen(entry->command + used);
	}
}

static void read_entry(const struct json *item, struct pith_exec_entry *entry)
{
	*entry = (struct pith_exec_entry){
		.number = json_get_count(item, "number", 0),
		.pid = json_get_count(item, "pid", 0),
		.started_us = json_get_count(item, "started_us", 0),
		.attached = json_get_count(item, "attached", 0),
		.stdout_bytes = json_get_count(item, "stdout_bytes", 0),
		.stderr_bytes = json_get_count(item, "stderr_bytes", 0),
		.tty = json_get_bool(item, "tty"),
	};
	text_copy_printable(entry->id, sizeof(entry->id), json_get_string(item, "id"));
	text_copy_printable(entry->state, sizeof(entry->state), json_get_string(item, "state"));
	read_command(item, entry);
	if (strcmp(entry->state, "ended") == 0)
		read_ending(item, entry);
}

struct listing {
	int (*each)(void *user, const struct pith_exec_entry *entry);
	void *user;
	uint64_t after;
	bool done;
};

/* False where it is no list, or one that does not go on. */
static bool read_page(const struct json *page, struct listing *listing)
{
	const struct json *item = json_first_item(page, "execs");

	if (json_get_bool(page, "more") && !item)
		return false;
	listing->done = !json_get_bool(page, "more");
	for (; item; item = json_next_item(item)) {
		struct pith_exec_entry entry;
		char *text;

		read_entry(item, &entry);
		if (!entry.id[0] || entry.number <= listing->after)
			return false;
		listing->after = entry.number;
		text = json_print(item);
		entry.json = text ? text : "{}";
		listing->done = listing->each(listing->user, &entry) != 0 || listing->done;
		free(text);
	}
	return true;
}

enum pith_code pith_list(struct pith_conn *conn, int64_t timeout_ms,
			 int (*each)(void *user, const struct pith_exec_entry *entry), void *user,
			 uint64_t *ret_forgotten, struct pith_error *err)
{
	struct listing listing = { .each = each, .user = user };

	for (size_t i = 0; i < PAGES_MAX; i++) {
		struct json *fields = json_new_object(), *page = NULL;
		bool complete = fields && json_add_integer(fields, "after", (int64_t)listing.after);
		enum pith_code code = request_ask_complete(conn, "list", fields, complete, timeout_ms, &page, err);
		bool good;

		if (code != PITH_OK)
			return code;
		good = read_page(page, &listing);
		if (ret_forgotten)
			*ret_forgotten = json_get_count(page, "forgotten", 0);
		json_free(page);
		if (!good)
			return conn_tell_bad_reply(conn, "a list without an order", err);
		if (listing.done)
			return PITH_OK;
	}
	return conn_tell_bad_reply(conn, "a list without an end", err);
}
