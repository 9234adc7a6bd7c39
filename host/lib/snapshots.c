/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the requests around a snapshot: quiesce, keepalive, thaw, resume, snapshot_status.
 *
 * Never: sends the same entropy twice, or a time that was read before the round trip was measured.
 */
#include "host/include/pith_snapshots.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/clock.h"
#include "host/lib/conn.h"
#include "host/lib/error.h"
#include "host/lib/request.h"

#define PINGS 3	/* the first ping after a restore is slow, because pages of the guest are not loaded yet */

static const char *mode_name(enum pith_quiesce_mode mode)
{
	switch (mode) {
	case PITH_QUIESCE_MEMORY:
		return "memory";
	case PITH_QUIESCE_DISK:
		return "disk";
	case PITH_QUIESCE_TEMPLATE:
		return "template";
	}
	return "memory";
}

static bool add_text(struct json *fields, const char *name, const char *value)
{
	return !value || json_add_string(fields, name, value);
}

static bool add_number(struct json *fields, const char *name, int64_t value)
{
	return value == 0 || json_add_integer(fields, name, value);
}

static void read_steps(const struct json *answer, struct pith_steps *steps)
{
	const struct json *item = json_first_item(answer, "steps");

	steps->count = 0;
	for (; item && steps->count < PITH_STEPS_MAX; item = json_next_item(item)) {
		struct pith_step *step = &steps->items[steps->count++];

		text_copy_printable(step->name, sizeof(step->name), json_get_string(item, "step"));
		text_copy_printable(step->errno_name, sizeof(step->errno_name), json_get_string(item, "errno"));
		step->us = json_get_count(item, "us", 0);
	}
}

static void read_filesystems(const struct json *answer, struct pith_quiesced *ret)
{
	const struct json *item = json_first_item(answer, "filesystems");

	ret->filesystem_count = 0;
	for (; item && ret->filesystem_count < PITH_FILESYSTEMS_MAX; item = json_next_item(item)) {
		struct pith_filesystem *fs = &ret->filesystems[ret->filesystem_count++];

		text_copy_printable(fs->path, sizeof(fs->path), json_get_string(item, "path"));
		text_copy_printable(fs->type, sizeof(fs->type), json_get_string(item, "type"));
		text_copy_printable(fs->result, sizeof(fs->result), json_get_string(item, "result"));
		fs->us = json_get_count(item, "us", 0);
	}
}

enum pith_code pith_quiesce(struct pith_conn *conn, const struct pith_quiesce_options *options, int64_t timeout_ms,
			    struct pith_quiesced *ret, struct pith_error *err)
{
	static const struct pith_quiesce_options none = { .mode = PITH_QUIESCE_MEMORY };
	const struct pith_quiesce_options *wish = options ? options : &none;
	struct json *fields = json_new_object(), *answer = NULL;
	bool complete = fields && json_add_string(fields, "mode", mode_name(wish->mode)) &&
			add_text(fields, "id", wish->id) && add_text(fields, "on_timeout", wish->on_timeout) &&
			add_number(fields, "ttl_ms", wish->ttl_ms) &&
			add_number(fields, "freeze_timeout_ms", wish->freeze_timeout_ms) &&
			add_number(fields, "sync_timeout_ms", wish->sync_timeout_ms) &&
			add_number(fields, "hook_timeout_ms", wish->hook_timeout_ms);
	enum pith_code code = request_ask_complete(conn, "quiesce", fields, complete, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	text_copy_printable(ret->token, sizeof(ret->token), json_get_string(answer, "token"));
	text_copy_printable(ret->generation, sizeof(ret->generation), json_get_string(answer, "generation"));
	ret->ttl_ms = json_get_count(answer, "ttl_ms", 0);
	ret->expires_boottime_us = json_get_count(answer, "expires_boottime_us", 0);
	read_steps(answer, &ret->steps);
	read_filesystems(answer, ret);
	json_free(answer);
	return ret->token[0] ? PITH_OK : conn_tell_bad_reply(conn, "a quiesce without a token", err);
}

enum pith_code pith_keepalive(struct pith_conn *conn, const char *token, int64_t ttl_ms, int64_t timeout_ms,
			      uint64_t *ret_expires_boottime_us, struct pith_error *err)
{
	struct json *fields = json_new_object(), *answer = NULL;
	bool complete = fields && add_text(fields, "token", token) && add_number(fields, "ttl_ms", ttl_ms);
	enum pith_code code = request_ask_complete(conn, "keepalive", fields, complete, timeout_ms, &answer, err);

	if (code == PITH_OK && ret_expires_boottime_us)
		*ret_expires_boottime_us = json_get_count(answer, "expires_boottime_us", 0);
	if (code == PITH_OK)
		json_free(answer);
	return code;
}

enum pith_code pith_thaw(struct pith_conn *conn, const char *token, enum pith_force force, int64_t timeout_ms,
			 struct pith_thawed *ret, struct pith_error *err)
{
	struct json *fields = json_new_object(), *answer = NULL;
	bool complete = fields && add_text(fields, "token", token) &&
			(force == PITH_FORCE_NO || json_add_bool(fields, "force", true));
	enum pith_code code = request_ask_complete(conn, "thaw", fields, complete, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	if (ret) {
		ret->thawed = json_get_bool(answer, "thawed");
		text_copy_printable(ret->generation, sizeof(ret->generation), json_get_string(answer, "generation"));
		read_steps(answer, &ret->steps);
	}
	json_free(answer);
	return PITH_OK;
}

/* Writes the entropy as hex digits, by default from getrandom(2). text has 2 * PITH_ENTROPY_MAX_BYTES + 1 bytes. */
static enum pith_code write_entropy(const struct pith_resume_options *wish, char *text, struct pith_error *err)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t own[PITH_ENTROPY_MIN_BYTES];
	const uint8_t *bytes = wish->entropy ? wish->entropy : own;
	size_t count = wish->entropy ? wish->entropy_bytes : sizeof(own);

	if (count < PITH_ENTROPY_MIN_BYTES || count > PITH_ENTROPY_MAX_BYTES)
		return error_set(err, PITH_BAD_ARGUMENT, "entropy has %d to %d bytes, not %zu", PITH_ENTROPY_MIN_BYTES,
				 PITH_ENTROPY_MAX_BYTES, count);
	if (!wish->entropy && getrandom(own, sizeof(own), 0) != (ssize_t)sizeof(own))
		return error_set_errno(err, PITH_SYSTEM, errno, "this host gives no random bytes");
	for (size_t i = 0; i < count; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
	return PITH_OK;
}

static enum pith_code measure_round_trip(struct pith_conn *conn, int64_t timeout_ms, int64_t *ret_us,
					 struct pith_error *err)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < PINGS; i++) {
		struct pith_pong pong;
		enum pith_code code = pith_ping(conn, timeout_ms, &pong, err);

		if (code != PITH_OK)
			return code;
		if ((int64_t)pong.round_trip_us < best)
			best = (int64_t)pong.round_trip_us;
	}
	*ret_us = best;
	return PITH_OK;
}

static bool add_wishes(struct json *fields, const struct pith_resume_options *wish)
{
	return add_text(fields, "id", wish->id) && add_text(fields, "token", wish->token) &&
	       add_text(fields, "generation", wish->generation) && add_text(fields, "hostname", wish->hostname) &&
	       add_text(fields, "machine_id", wish->machine_id) && add_text(fields, "boot_id", wish->boot_id) &&
	       add_text(fields, "sockets", wish->sockets) &&
	       (!wish->env || json_add_pairs(fields, "env", wish->env)) &&
	       (!wish->optional || json_add_strings(fields, "optional", wish->optional)) &&
	       (wish->force == PITH_FORCE_NO || json_add_bool(fields, "force", true)) &&
	       add_number(fields, "hook_timeout_ms", wish->hook_timeout_ms);
}

/* Adds the members of a document to fields. */
static enum pith_code add_document(struct json *fields, const char *what, const char *text, struct pith_error *err)
{
	struct json *document;
	const char *problem;

	if (!text)
		return PITH_OK;
	document = json_parse_object(text, strlen(text), &problem);
	if (!document)
		return error_set(err, PITH_BAD_ARGUMENT, "%s not a JSON object: %s", what, problem);
	json_add_members(fields, document);
	return PITH_OK;
}

static enum pith_code ask_resume(struct pith_conn *conn, const struct pith_resume_options *wish, const char *entropy,
				 int64_t round_trip_us, int64_t timeout_ms, struct json **ret, struct pith_error *err)
{
	struct json *fields = json_new_object();
	enum pith_code code = PITH_OK;
	bool complete;

	if (fields)
		code = add_document(fields, "the network is", wish->network, err);
	if (fields && code == PITH_OK)
		code = add_document(fields, "the mounts are", wish->mounts, err);
	if (code != PITH_OK) {
		json_free(fields);
		return code;
	}
	complete = fields && json_add_string(fields, "entropy", entropy) && add_wishes(fields, wish) &&
		   json_add_integer(fields, "round_trip_us", round_trip_us) &&
		   /* The time comes last, so that it is as fresh as possible. */
		   json_add_integer(fields, "realtime_us", wish->realtime_us ? wish->realtime_us : clock_us(CLOCK_REALTIME));
	return request_ask_complete(conn, "resume", fields, complete, timeout_ms, ret, err);
}

enum pith_code pith_resume(struct pith_conn *conn, const struct pith_resume_options *options, int64_t timeout_ms,
			   struct pith_resumed *ret, struct pith_error *err)
{
	static const struct pith_resume_options none = { .id = NULL };
	const struct pith_resume_options *wish = options ? options : &none;
	char entropy[2 * PITH_ENTROPY_MAX_BYTES + 1];
	int64_t round_trip_us = wish->round_trip_us;
	struct json *answer = NULL;
	const struct json *sockets;
	enum pith_code code = write_entropy(wish, entropy, err);

	if (code == PITH_OK && round_trip_us == 0)
		code = measure_round_trip(conn, timeout_ms, &round_trip_us, err);
	if (code == PITH_OK)
		code = ask_resume(conn, wish, entropy, round_trip_us, timeout_ms, &answer, err);
	explicit_bzero(entropy, sizeof(entropy));
	if (code != PITH_OK)
		return code;
	if (ret) {
		sockets = json_get_object(answer, "sockets");
		text_copy_printable(ret->generation, sizeof(ret->generation), json_get_string(answer, "generation"));
		ret->was_quiesced = json_get_bool(answer, "was_quiesced");
		ret->clock_step_us = json_get_integer(answer, "clock_step_us", 0);
		ret->round_trip_us = round_trip_us;
		ret->sockets_destroyed = json_get_count(sockets, "destroyed", 0);
		ret->sockets_failed = json_get_count(sockets, "failed", 0);
		ret->connections_closed = json_get_count(answer, "connections_closed", 0);
		read_steps(answer, &ret->steps);
	}
	json_free(answer);
	return PITH_OK;
}

enum pith_code pith_snapshot_status(struct pith_conn *conn, int64_t timeout_ms, struct pith_snapshot_status *ret,
				    struct pith_error *err)
{
	struct json *answer = NULL;
	enum pith_code code = request_ask(conn, "snapshot_status", NULL, timeout_ms, &answer, err);

	if (code != PITH_OK)
		return code;
	text_copy_printable(ret->state, sizeof(ret->state), json_get_string(answer, "state"));
	text_copy_printable(ret->generation, sizeof(ret->generation), json_get_string(answer, "generation"));
	text_copy_printable(ret->token, sizeof(ret->token), json_get_string(answer, "token"));
	text_copy_printable(ret->mode, sizeof(ret->mode), json_get_string(answer, "mode"));
	text_copy_printable(ret->workload, sizeof(ret->workload), json_get_string(answer, "workload"));
	text_copy_printable(ret->last, sizeof(ret->last), json_get_string(answer, "last"));
	text_copy_printable(ret->failed_step, sizeof(ret->failed_step), json_get_string(answer, "failed_step"));
	text_copy_printable(ret->generation_source, sizeof(ret->generation_source),
			    json_get_string(answer, "generation_source"));
	ret->expires_boottime_us = json_get_count(answer, "expires_boottime_us", 0);
	ret->quiesces = json_get_count(answer, "quiesces", 0);
	ret->resumes = json_get_count(answer, "resumes", 0);
	ret->thaws = json_get_count(answer, "thaws", 0);
	ret->auto_thaws = json_get_count(answer, "auto_thaws", 0);
	ret->restores_seen = json_get_count(answer, "restores_seen", 0);
	read_steps(answer, &ret->steps);
	json_free(answer);
	return PITH_OK;
}
