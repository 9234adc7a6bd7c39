/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns what a connection sees of an exec: its offsets, its stdin credit, its events, and the last word.
 *
 * Never: ends the request before every byte up to the record was sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "cleanup.h"
#include "dispatch.h"
#include "exec.h"
#include "exec_io.h"
#include "json.h"
#include "jsonw.h"
#include "limits.h"
#include "signame.h"

static struct attachment *attachment_of(struct op *op)
{
	return container_of(op, struct attachment, op);
}

static void unlink_attachment(struct attachment *a)
{
	struct attachment **at = &a->exec->attachments;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
}

/* Frees it. Pipes that waited for this reader are read again. */
static void leave(struct attachment *a)
{
	struct exec *e = a->exec;

	unlink_attachment(a);
	for (int i = 0; i < 2; i++)
		exec_output_sent(&e->out[i], a->offset[i]);
	free(a);
}

static enum op_accept op_data(struct op *op, size_t len)
{
	struct attachment *a = attachment_of(op);

	if (len > a->credit)
		return OP_NO_CREDIT;
	a->credit -= len;
	if (a->exec->in.watch.fd < 0 || a->exec->in.ended)
		return OP_DROP;
	return OP_ACCEPT;
}

static int op_space(struct op *op, size_t max, struct iovec iov[2])
{
	struct exec *e = attachment_of(op)->exec;

	/* Closed while the frame was coming in: the bytes have nowhere to go. */
	if (e->in.watch.fd < 0)
		return 0;
	return ring_free_iov(&e->in.ring, max, iov);
}

static void op_received(struct op *op, size_t n)
{
	struct exec *e = attachment_of(op)->exec;

	ring_commit(&e->in.ring, n);
	exec_input_write(e);
}

static void op_end(struct op *op)
{
	struct exec *e = attachment_of(op)->exec;

	e->in.ended = true;
	exec_input_write(e);
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
	/* The program may have ended while the event was on its way. */
	exec_signal(e, (int)number);
	return true;
}

static bool op_event(struct op *op, const struct cJSON *event, struct reply *error)
{
	struct attachment *a = attachment_of(op);
	const struct cJSON *item = json_member(event, "event");
	const char *name;

	if (!item || !json_get_string(item, &name))
		return fail_event(error, "an event must have the member event, a string");
	if (strcmp(name, "signal") == 0)
		return event_signal(a->exec, event, error);
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

static void send_started(struct attachment *a)
{
	struct exec *e = a->exec;
	struct buf *b = &e->agent->scratch;

	a->started_sent = true;
	a->credit = e->in.watch.fd >= 0 ? ring_space(&e->in.ring) : 0;
	b->len = 0;
	b->failed = false;
	jsonw_object(b, NULL);
	jsonw_string(b, "event", "started");
	jsonw_string(b, "id", e->id);
	jsonw_count(b, "pid", (uint64_t)e->pid);
	jsonw_count(b, "window_bytes", a->credit);
	jsonw_object_end(b);
	/* A host that is to send stdin waits for its first window. */
	if (a->with_stdin)
		conn_queue(a->op.conn, FRAME_EVENT, FRAME_STDIN, b->data, b->len);
	else
		conn_queue_lazy(a->op.conn, FRAME_EVENT, FRAME_STDIN, b->data, b->len);
}

/* Tells the host how much more stdin it may send, in portions of half a window. */
static void send_window(struct attachment *a)
{
	struct exec *e = a->exec;
	size_t space = ring_space(&e->in.ring);
	uint8_t bytes[4];

	if (e->in.watch.fd < 0) {
		a->stdin_end_sent = true;
		conn_queue(a->op.conn, FRAME_END, FRAME_STDIN, NULL, 0);
		return;
	}
	if (e->in.ended || space < a->credit + e->in.ring.size / 2)
		return;
	frame_put_u32(bytes, (uint32_t)(space - a->credit));
	a->credit = space;
	conn_queue(a->op.conn, FRAME_WINDOW, FRAME_STDIN, bytes, sizeof(bytes));
}

static uint64_t end_of(const struct exec_output *o)
{
	return o->exec->state == EXEC_ENDED ? o->final : o->ring.head;
}

static size_t op_pending(struct op *op)
{
	struct attachment *a = attachment_of(op);
	struct exec *e = a->exec;
	size_t pending = 0;

	if (e->state == EXEC_STARTING && !a->detaching)
		return 0;
	if (a->detaching || e->state == EXEC_ENDED || !a->started_sent || (a->with_stdin && !a->stdin_end_sent))
		return SIZE_MAX;
	for (int i = 0; i < 2; i++) {
		pending += (size_t)(end_of(&e->out[i]) - a->offset[i]);
		/* An end that has not been sent is worth a look, not a frame of its own. */
		pending += e->out[i].watch.fd < 0 && !a->end_sent[i];
	}
	return pending;
}

static bool next_of(struct attachment *a, int i, struct piece *ret)
{
	struct exec_output *o = &a->exec->out[i];
	size_t left = (size_t)(end_of(o) - a->offset[i]);

	if (left == 0) {
		if (o->watch.fd < 0 && !a->end_sent[i]) {
			a->end_sent[i] = true;
			conn_queue_lazy(a->op.conn, FRAME_END, i == 0 ? FRAME_STDOUT : FRAME_STDERR, NULL, 0);
		}
		return false;
	}
	ret->len = left < LIMIT_DATA_BYTES ? left : LIMIT_DATA_BYTES;
	ret->stream = i == 0 ? FRAME_STDOUT : FRAME_STDERR;
	return true;
}

/* The ring may have grown since the piece began: only its offset is lasting. */
static int op_bytes(struct op *op, const struct piece *piece, struct iovec iov[2])
{
	struct attachment *a = attachment_of(op);
	int i = piece->stream == FRAME_STDOUT ? 0 : 1;

	return ring_data_iov(&a->exec->out[i].ring, a->offset[i], piece->len, iov);
}

/* May free a. */
static void finish(struct attachment *a)
{
	struct exec *e = a->exec;
	struct reply reply;

	dispatch_begin(&a->op, &reply);
	if (a->detaching) {
		jsonw_string(reply.result, "id", e->id);
		jsonw_bool(reply.result, "detached", true);
	} else {
		exec_write_record(e, reply.result);
	}
	dispatch_finish(&a->op, &reply);
	leave(a);
}

static bool op_next(struct op *op, struct piece *ret)
{
	struct attachment *a = attachment_of(op);
	struct exec *e = a->exec;

	if (a->detaching) {
		finish(a);
		return false;
	}
	if (e->state == EXEC_STARTING)
		return false;
	if (!a->started_sent && e->record.cause != EXEC_START_FAILED)
		send_started(a);
	for (int i = 0; i < 2; i++) {
		a->turn ^= 1;
		if (next_of(a, a->turn, ret))
			return true;
	}
	if (e->state == EXEC_ENDED)
		finish(a);
	else if (!a->stdin_end_sent && a->with_stdin)
		send_window(a);
	return false;
}

static void op_sent(struct op *op, enum frame_stream stream, size_t n)
{
	struct attachment *a = attachment_of(op);
	int i = stream == FRAME_STDOUT ? 0 : 1;

	a->offset[i] += n;
	exec_output_sent(&a->exec->out[i], a->offset[i]);
}

static void op_gone(struct op *op)
{
	struct attachment *a = attachment_of(op);
	struct exec *e = a->exec;
	bool kill = a->kill_when_gone && e->state != EXEC_ENDED;

	/* The host that was to write stdin is gone: the program sees its end, not a silence for ever. */
	e->in.ended = true;
	leave(a);
	if (kill)
		exec_kill(e);
	exec_input_write(e);
}

static const struct op_class exec_op = {
	.data = op_data,
	.space = op_space,
	.received = op_received,
	.end = op_end,
	.event = op_event,
	.pending = op_pending,
	.next = op_next,
	.bytes = op_bytes,
	.sent = op_sent,
	.gone = op_gone,
};

int exec_attach(struct exec *e, struct conn *c, bool kill_when_gone)
{
	struct attachment *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->op = (struct op){ .class = &exec_op, .conn = c };
	a->exec = e;
	a->kill_when_gone = kill_when_gone;
	a->with_stdin = e->in.watch.fd >= 0;
	for (int i = 0; i < 2; i++)
		a->offset[i] = e->out[i].ring.tail;
	a->next = e->attachments;
	e->attachments = a;
	c->op = &a->op;
	conn_touch(c);
	return 0;
}
