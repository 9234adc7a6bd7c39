/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the spending of stdin's credit by the host, and the host's events. Never: replies to a request. */
#include "agent/exec/attach_in.h"

#include <string.h>

#include "agent/exec/exec.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/exec_persist.h"
#include "agent/protocol/json.h"
#include "agent/protocol/reply.h"
#include "agent/spawn/pty.h"
#include "common/signame.h"

bool attach_stdin_is_open(const struct exec *e)
{
	return e->in.watch.fd >= 0 && !e->in.ended;
}

enum op_accept attach_data(struct op *op, size_t len)
{
	struct attachment *a = attachment_of(op);

	if (len > a->credit)
		return OP_NO_CREDIT;
	a->credit -= len;
	a->incoming = 0;
	if (!attach_stdin_is_open(a->exec))
		return OP_DROP;
	a->incoming = len;
	return OP_ACCEPT;
}

int attach_space(struct op *op, size_t max, struct iovec iov[2])
{
	struct exec *e = attachment_of(op)->exec;

	/* stdin was closed while the frame was coming in: the bytes are dropped. */
	if (e->in.watch.fd < 0)
		return 0;
	return ring_free_iov(&e->in.ring, max, iov);
}

void attach_received(struct op *op, size_t n)
{
	struct attachment *a = attachment_of(op);

	a->incoming -= n;
	ring_commit(&a->exec->in.ring, n);
}

void attach_settle(struct op *op)
{
	struct exec *e = attachment_of(op)->exec;

	exec_persist_input(e);
	exec_input_write(e);
}

void attach_end(struct op *op)
{
	struct attachment *a = attachment_of(op);

	if (!a->writer)
		return;
	exec_input_end(a->exec);
	if (a->kind == ATTACH_STDIN) {
		a->detaching = true;
		conn_touch(op->conn);
	}
}

static bool fail_event(struct reply *error, const char *why)
{
	return reply_fail(error, ERROR_PROTOCOL_ERROR, "%s", why);
}

static bool event_signal(struct exec *e, const struct cJSON *event, struct reply *error)
{
	const struct cJSON *item = json_member(event, "signal");
	const char *name;
	uint64_t number = 0;

	if (item && json_get_string(item, &name))
		number = (uint64_t)signame_parse(name);
	else if (item)
		json_get_count(item, &number);
	if (number < 1 || number > 64)
		return fail_event(error, "event signal: signal must be a signal's name, or its number from 1 to 64");
	/* -ESRCH is ignored: the program may have ended while the event was on its way. */
	exec_signal(e, (int)number);
	return true;
}

static bool event_resize(struct exec *e, const struct cJSON *event, struct reply *error)
{
	const struct cJSON *rows = json_member(event, "rows"), *cols = json_member(event, "cols");
	uint64_t r = 0, c = 0;

	if (!rows || !cols || !json_get_count(rows, &r) || !json_get_count(cols, &c) || r < 1 || r > 65535 || c < 1 || c > 65535)
		return fail_event(error, "event resize: rows and cols must be 1 to 65535");
	if (e->tty && e->out[0].watch.fd >= 0)
		pty_resize(e->out[0].watch.fd, (unsigned int)r, (unsigned int)c);
	return true;
}

bool attach_event(struct op *op, const struct cJSON *event, struct reply *error)
{
	struct attachment *a = attachment_of(op);
	const struct cJSON *item = json_member(event, "event");
	const char *name;

	if (!item || !json_get_string(item, &name))
		return fail_event(error, "an event must have the member event, a string");
	if (strcmp(name, "signal") == 0)
		return event_signal(a->exec, event, error);
	if (strcmp(name, "resize") == 0)
		return event_resize(a->exec, event, error);
	if (strcmp(name, "kill") == 0) {
		exec_kill(a->exec);
		return true;
	}
	if (strcmp(name, "detach") == 0) {
		a->detaching = true;
		conn_touch(op->conn);
		return true;
	}
	return reply_fail(error, ERROR_PROTOCOL_ERROR, "%.64s: no such event", name);
}
