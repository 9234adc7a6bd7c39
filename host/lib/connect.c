/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the setup of a connection: attempts, the wait between them, the hello and the token.
 *
 * Never: cuts an attempt short because wait_ms is over; sends a byte before the hello has come.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/version.h"
#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/dial.h"
#include "host/lib/error.h"
#include "host/lib/request.h"

#define RETRY_STEP_MS 20	/* short compared with a boot, and long enough to keep a proxy's load low */
#define SHOWN_BYTES 24u		/* quoted bytes of a peer that speaks another protocol: enough for "SSH-2.0-OpenSSH_9.2" */

static const char *socket_hint(const struct address *address)
{
	if (address->kind != ADDRESS_UNIX)
		return "";
	return "; if this is a VMM's vsock socket, its address starts with hybrid:";
}

static enum pith_code tell_no_hello(const struct pith_conn *conn, const struct address *address, int64_t timeout_ms,
				    struct pith_error *err)
{
	if (conn->received > 0)
		return error_set(err, PITH_NO_HELLO,
				 "%s: connected, but its hello was not complete within %lld ms (%llu bytes came)",
				 conn->name, (long long)timeout_ms, (unsigned long long)conn->received);
	return error_set(err, PITH_NO_HELLO, "%s: connected, but no hello came within %lld ms%s", conn->name,
			 (long long)timeout_ms, socket_hint(address));
}

static enum pith_code tell_closed(const struct pith_conn *conn, struct pith_error *err)
{
	const char *when = conn->received > 0 ? "in the middle of its hello" : "before its hello";

	return error_set_errno(err, PITH_CLOSED, conn->gone_errno ? conn->gone_errno : ECONNABORTED,
			       "%s: the other side closed the connection %s; it serves only the host, "
			       "and in the guest only root",
			       conn->name, when);
}

/* Quotes the peer's first bytes, because "SSH-2.0" or "HTTP/1.1" name the other protocol. */
static enum pith_code tell_not_pith(const struct pith_conn *conn, const char *problem, struct pith_error *err)
{
	char raw[SHOWN_BYTES + 1] = "", shown[SHOWN_BYTES + 1];
	size_t n = conn->in_end < SHOWN_BYTES ? conn->in_end : SHOWN_BYTES;

	for (size_t i = 0; i < n; i++)
		raw[i] = (char)(conn->in[i] == '\0' || conn->in[i] >= 0x7f ? '?' : conn->in[i]);
	text_copy_printable(shown, sizeof(shown), raw);
	return error_set(err, PITH_NOT_PITH, "%s: the other side does not speak pith: %s (it began with \"%s\")",
			 conn->name, problem, shown);
}

static void join_features(const struct json *json, struct pith_hello *hello)
{
	size_t used = 0;

	for (const struct json *item = json_first_item(json, "features"); item; item = json_next_item(item)) {
		char name[32];
		int n;

		text_copy_printable(name, sizeof(name), json_item_string(item));
		n = snprintf(hello->features + used, sizeof(hello->features) - used, "%s%s", used ? " " : "", name);
		if (n < 0 || (size_t)n >= sizeof(hello->features) - used) {
			hello->features[used] = '\0';
			return;
		}
		used += (size_t)n;
	}
}

/* False if a member is missing that every version of the hello has. */
static bool read_hello(const struct json *json, struct pith_hello *hello)
{
	const struct json *limits = json_get_object(json, "limits");
	uint64_t min = json_get_count(json, "protocol_min", 0);
	uint64_t max = json_get_count(json, "protocol_max", 0);
	uint64_t bytes = json_get_count(limits, "json_bytes", FRAME_JSON_MAX);

	text_copy_printable(hello->version, sizeof(hello->version), json_get_string(json, "pith"));
	text_copy_printable(hello->boot_id, sizeof(hello->boot_id), json_get_string(json, "boot_id"));
	text_copy_printable(hello->generation, sizeof(hello->generation), json_get_string(json, "generation"));
	join_features(json, hello);
	hello->wants_token = json_get_bool(json, "token");
	hello->json_bytes = bytes < FRAME_JSON_MAX ? (uint32_t)bytes : FRAME_JSON_MAX;
	if (hello->version[0] == '\0' || min == 0 || max < min || max > UINT32_MAX)
		return false;
	hello->protocol_min = (uint32_t)min;
	hello->protocol_max = (uint32_t)max;
	return true;
}

static enum pith_code take_hello(struct pith_conn *conn, const struct conn_frame *frame, struct pith_error *err)
{
	const char *problem = "its hello lacks a member";
	struct pith_hello *hello = &conn->hello;
	struct json *json;
	bool complete;

	/* An agent that cannot serve this connection sends an E frame in place of its hello. */
	if (frame->type == FRAME_ERROR)
		return conn_take_answer(conn, frame, &json, err);
	if (frame->type != FRAME_HELLO)
		return tell_not_pith(conn, "its first frame is no hello", err);
	json = json_parse_object((const char *)frame->payload, frame->len, &problem);
	complete = json && read_hello(json, hello);
	json_free(json);
	if (!complete)
		return tell_not_pith(conn, problem, err);
	if (hello->protocol_min > PITH_PROTOCOL_MAX || hello->protocol_max < PITH_PROTOCOL_MIN)
		return error_set(err, PITH_WRONG_VERSION,
				 "%s: the agent (pith %s) speaks protocol %u to %u, and this pith (%s) speaks %d to %d",
				 conn->name, hello->version, hello->protocol_min, hello->protocol_max, PITH_VERSION,
				 PITH_PROTOCOL_MIN, PITH_PROTOCOL_MAX);
	return PITH_OK;
}

static enum pith_code wait_for_hello(struct pith_conn *conn, const struct address *address, int64_t deadline,
				     int64_t timeout_ms, struct pith_error *err)
{
	for (;;) {
		struct pollfd fds[1];
		struct conn_frame frame;
		const char *problem;
		enum pith_code code;

		switch (conn_next(conn, &frame, &problem)) {
		case CONN_FRAME:
			return take_hello(conn, &frame, err);
		case CONN_BROKEN:
			return tell_not_pith(conn, problem, err);
		case CONN_NEED_MORE:
			break;
		}
		/* The first frame must be the hello; an empty D frame is not one. */
		if (conn->eof)
			return tell_closed(conn, err);
		code = conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline);
		if (code == PITH_SYSTEM)
			return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot wait", conn->name);
		if (code == PITH_DEADLINE)
			return tell_no_hello(conn, address, timeout_ms, err);
	}
}

static enum pith_code attempt(const struct address *address, const char *name, int64_t timeout_ms,
			      struct pith_conn **ret, struct pith_error *err)
{
	int64_t deadline = deadline_after(timeout_ms);
	struct pith_conn *conn;
	int fd = -1;
	enum pith_code code = dial(address, name, timeout_ms, &fd, err);

	if (code != PITH_OK)
		return code;
	conn = conn_new(fd, name);
	if (!conn)
		return error_set_errno(err, PITH_SYSTEM, errno, "%s: cannot set up the connection", name);
	code = wait_for_hello(conn, address, deadline, timeout_ms, err);
	if (code != PITH_OK) {
		pith_close(conn);
		return code;
	}
	*ret = conn;
	return PITH_OK;
}

/* conn keeps the token, because a connection that replaces this one must send the token again. */
static enum pith_code give_token(const char *token, int64_t timeout_ms, struct pith_conn **conn, struct pith_error *err)
{
	enum pith_code code = PITH_OK;

	(*conn)->token = strdup(token);
	if (!(*conn)->token) {
		code = error_set_no_memory(err);
	} else if ((*conn)->hello.wants_token) {
		struct json *fields = json_new_object();
		bool complete = fields && json_add_string(fields, "token", token);

		code = request_ask_complete(*conn, "auth", fields, complete, timeout_ms, NULL, err);
	}
	if (code != PITH_OK) {
		pith_close(*conn);
		*conn = NULL;
	}
	return code;
}

/* True for the errors of a guest that is still booting. A timeout too: bytes sent before the guest's vsock driver runs may be lost. */
static bool is_worth_another_try(enum pith_code code)
{
	return code == PITH_NO_SOCKET || code == PITH_REFUSED || code == PITH_NO_LISTENER || code == PITH_CLOSED ||
	       code == PITH_NO_ANSWER || code == PITH_NO_HELLO;
}

enum pith_code pith_connect(const char *address, const struct pith_connect_options *options, struct pith_conn **ret,
			    struct pith_error *err)
{
	int64_t timeout_ms = options && options->timeout_ms ? options->timeout_ms : PITH_CONNECT_TIMEOUT_MS;
	int64_t until = deadline_after(options ? options->wait_ms : 0);
	struct address parsed;
	enum address_result result = address_parse(address, &parsed);

	if (result != ADDRESS_OK)
		return error_set(err, PITH_BAD_ARGUMENT, "bad address \"%s\": %s", address,
				 address_result_text(result));
	for (;;) {
		enum pith_code code = attempt(&parsed, address, timeout_ms, ret, err);

		if (code == PITH_OK && options && options->token)
			return give_token(options->token, timeout_ms, ret, err);
		if (!is_worth_another_try(code) || deadline_has_passed(until))
			return code;
		poll(NULL, 0, RETRY_STEP_MS);
	}
}

const struct pith_hello *pith_hello(const struct pith_conn *conn)
{
	return &conn->hello;
}
