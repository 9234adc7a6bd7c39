/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns attachments: their offsets, their stdin credit, and the reply. attach_in.c has the frames that the host sends.
 *
 * Never: ends a request before every byte up to the end of its output was sent.
 */
#include "agent/exec/attach.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/attach_in.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/exec_persist.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "common/cleanup.h"

/* Frees a. Pipes that waited for this reader are read again. */
static void leave(struct attachment *a)
{
	struct exec *e = a->exec;

	exec_readers_remove(e, &a->reader);
	loop_timer_clear(&e->agent->loop, &a->timeout);
	exec_persist(e);
	for (int i = 0; i < 2; i++)
		exec_output_sent(&e->out[i], a->reader.reads ? a->reader.offset[i] : 0);
	free(a);
}

static struct buf *begin_event(struct attachment *a, const char *name)
{
	struct buf *b = &a->exec->agent->scratch;

	b->len = 0;
	b->failed = false;
	jsonw_object(b, NULL);
	jsonw_string(b, "event", name);
	return b;
}

static void send_event(struct attachment *a, struct buf *b)
{
	jsonw_object_end(b);
	/* The event of a writer is sent at once: the host waits for its first window. */
	if (a->writer)
		conn_queue(a->op.conn, FRAME_EVENT, FRAME_STDIN, b->data, b->len);
	else
		conn_queue_lazy(a->op.conn, FRAME_EVENT, FRAME_STDIN, b->data, b->len);
}

static void send_gap(struct attachment *a, int i)
{
	struct buf *b;

	if (a->asked[i] >= a->reader.offset[i])
		return;
	b = begin_event(a, "gap");
	jsonw_count(b, "stream", (uint64_t)i + 1);
	jsonw_count(b, "lost_bytes", a->reader.offset[i] - a->asked[i]);
	send_event(a, b);
}

static void greet(struct attachment *a)
{
	static const char *const name[] = {
		[ATTACH_EXEC] = "started",
		[ATTACH_FOLLOW] = "attached",
		[ATTACH_READ] = "attached",
		[ATTACH_STDIN] = "ready",
	};
	struct exec *e = a->exec;
	struct buf *b;

	a->greeted = true;
	if (!name[a->kind])
		return;
	a->credit = a->writer && attach_stdin_is_open(e) ? ring_space(&e->in.ring) : 0;
	b = begin_event(a, name[a->kind]);
	if (a->kind != ATTACH_STDIN) {
		jsonw_string(b, "id", e->id);
		jsonw_count(b, "pid", (uint64_t)e->pid);
	}
	if (a->kind == ATTACH_FOLLOW || a->kind == ATTACH_READ) {
		jsonw_bool(b, "running", e->state != EXEC_ENDED);
		jsonw_bool(b, "tty", e->tty);
		jsonw_count(b, "stdout_offset_bytes", a->reader.offset[0]);
		jsonw_count(b, "stderr_offset_bytes", a->reader.offset[1]);
		jsonw_count(b, "stdin_offset_bytes", e->in.written + ring_used(&e->in.ring));
	}
	jsonw_count(b, "window_bytes", a->credit);
	send_event(a, b);
	for (int i = 0; i < 2; i++)
		send_gap(a, i);
}

/* Grants the host credit for more stdin, in portions of at least half the ring. */
static void send_window(struct attachment *a)
{
	struct exec *e = a->exec;
	uint8_t bytes[4];
	size_t space;

	if (e->in.watch.fd < 0) {
		a->stdin_end_sent = true;
		conn_queue(a->op.conn, FRAME_END, FRAME_STDIN, NULL, 0);
		return;
	}
	/* The rest of the frame in hand will fill this room. */
	space = ring_space(&e->in.ring) - a->incoming;
	if (e->in.ended || space < a->credit + e->in.ring.size / 2)
		return;
	frame_put_u32(bytes, (uint32_t)(space - a->credit));
	a->credit = space;
	conn_queue(a->op.conn, FRAME_WINDOW, FRAME_STDIN, bytes, sizeof(bytes));
}

static uint64_t end_of(const struct attachment *a, int i)
{
	return a->reader.bounded ? a->reader.until[i] : a->exec->out[i].ring.head;
}

/* True: the request can end as soon as its output is sent. */
static bool is_due(const struct attachment *a)
{
	const struct exec *e = a->exec;

	switch (a->kind) {
	case ATTACH_EXEC:
	case ATTACH_FOLLOW:
	case ATTACH_WAIT:
		return a->detaching || e->state == EXEC_ENDED;
	case ATTACH_READ:
		return true;
	case ATTACH_START:
		return a->detaching || e->state != EXEC_STARTING;
	case ATTACH_STDIN:
		return a->detaching || e->in.watch.fd < 0;
	}
	return true;
}

static size_t op_pending(struct op *op)
{
	struct attachment *a = attachment_of(op);
	struct exec *e = a->exec;
	size_t pending = 0;

	if (is_due(a))
		return SIZE_MAX;
	if (e->state == EXEC_STARTING || e->keep_due)
		return 0;
	if (!a->greeted || (a->writer && !a->stdin_end_sent))
		return SIZE_MAX;
	for (int i = 0; i < 2 && a->reader.reads; i++) {
		pending += (size_t)(end_of(a, i) - a->reader.offset[i]);
		/* An end of a stream that has not been sent makes op_next() look, but adds no frame of its own. */
		pending += e->out[i].watch.fd < 0 && !a->end_sent[i];
	}
	return pending;
}

static bool next_of(struct attachment *a, int i, struct piece *ret)
{
	struct exec_output *o = &a->exec->out[i];
	size_t left;

	/* Bytes before the tail were dropped for lack of memory. */
	if (a->reader.offset[i] < o->ring.tail) {
		a->asked[i] = a->reader.offset[i];
		a->reader.offset[i] = o->ring.tail;
		send_gap(a, i);
	}
	left = (size_t)(end_of(a, i) - a->reader.offset[i]);
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

/* The ring may have moved since the piece began, so the iovecs are computed anew from the offset. */
static int op_bytes(struct op *op, const struct piece *piece, struct iovec iov[2])
{
	struct attachment *a = attachment_of(op);
	int i = piece->stream == FRAME_STDOUT ? 0 : 1;

	return ring_data_iov(&a->exec->out[i].ring, a->reader.offset[i], piece->len, iov);
}

static void write_result(const struct attachment *a, struct buf *b)
{
	const struct exec *e = a->exec;

	if (a->kind == ATTACH_STDIN) {
		jsonw_string(b, "id", e->id);
		jsonw_count(b, "stdin_bytes", e->in.written);
	} else if (a->kind == ATTACH_START && e->record.cause != EXEC_START_FAILED) {
		jsonw_string(b, "id", e->id);
		jsonw_count(b, "pid", (uint64_t)e->pid);
		jsonw_bool(b, "detached", true);
	} else if (e->state == EXEC_ENDED && !a->detaching) {
		exec_write_record(e, b);
	} else if (a->detaching) {
		jsonw_string(b, "id", e->id);
		jsonw_bool(b, "detached", true);
	} else {
		jsonw_string(b, "id", e->id);
		jsonw_bool(b, "running", true);
	}
}

/* Frees a. */
static void finish(struct attachment *a)
{
	struct reply reply;

	dispatch_begin(&a->op, &reply);
	write_result(a, reply.result);
	dispatch_finish(&a->op, &reply);
	leave(a);
}

static void on_timeout(struct timer *timer)
{
	struct attachment *a = container_of(timer, struct attachment, timeout);
	struct reply reply;

	dispatch_begin(&a->op, &reply);
	reply_fail(&reply, ERROR_TIMED_OUT, "%s still runs", a->exec->id);
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
	/* No frame before PID 1 keeps the fds: a host must not hear of an exec that a crash of the agent would undo. */
	if (e->state == EXEC_STARTING || !exec_fds_keep(e))
		return false;
	if (!a->greeted && !(a->kind == ATTACH_EXEC && e->record.cause == EXEC_START_FAILED))
		greet(a);
	/* Before the output, because the output may never pause. */
	if (a->writer && !a->stdin_end_sent && !is_due(a))
		send_window(a);
	for (int i = 0; i < 2 && a->reader.reads; i++) {
		a->turn ^= 1;
		if (next_of(a, a->turn, ret))
			return true;
	}
	if (is_due(a))
		finish(a);
	return false;
}

static void op_sent(struct op *op, enum frame_stream stream, size_t n)
{
	struct attachment *a = attachment_of(op);
	int i = stream == FRAME_STDOUT ? 0 : 1;

	a->reader.offset[i] += n;
	exec_output_sent(&a->exec->out[i], a->reader.offset[i]);
}

static void op_gone(struct op *op)
{
	struct attachment *a = attachment_of(op);
	struct exec *e = a->exec;
	enum exec_gone when_gone = a->reader.when_gone;

	leave(a);
	if (when_gone == GONE_KILL && e->state != EXEC_ENDED)
		exec_kill(e);
	else if (when_gone == GONE_HANGUP)
		exec_hangup(e);
}

static const struct op_class attach_op = {
	.data = attach_data,
	.space = attach_space,
	.received = attach_received,
	.settle = attach_settle,
	.end = attach_end,
	.event = attach_event,
	.pending = op_pending,
	.next = op_next,
	.bytes = op_bytes,
	.sent = op_sent,
	.gone = op_gone,
};

static void wake(struct exec_reader *reader)
{
	struct attachment *a = container_of(reader, struct attachment, reader);

	if (a->op.conn)
		conn_touch(a->op.conn);
}

int attach(struct exec *e, struct conn *c, const struct attach_params *params)
{
	struct attachment *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->op = (struct op){ .class = &attach_op, .conn = c };
	a->exec = e;
	a->kind = params->kind;
	a->reader.wake = wake;
	a->reader.reads = a->kind == ATTACH_EXEC || a->kind == ATTACH_FOLLOW || a->kind == ATTACH_READ;
	a->reader.when_gone = params->when_gone;
	a->writer = params->writer;
	a->timeout.fn = on_timeout;
	for (int i = 0; i < 2; i++) {
		a->reader.offset[i] = params->offset[i];
		a->asked[i] = params->asked[i];
	}
	if (a->kind == ATTACH_READ || e->state == EXEC_ENDED)
		exec_reader_bound(e, &a->reader);
	if (a->kind == ATTACH_WAIT && params->timeout_us != UINT64_MAX)
		loop_timer_set(&e->agent->loop, &a->timeout, (int64_t)params->timeout_us);
	if (a->writer)
		e->writer = &a->reader;
	exec_readers_add(e, &a->reader);
	c->op = &a->op;
	if (a->reader.reads) {
		loop_timer_clear(&e->agent->loop, &e->hold);
		e->was_gone = GONE_KEEP;
		/* An earlier agent's sent offset is not persisted: the reader has received what it does not ask for. */
		for (int i = 0; e->foreign && i < 2; i++)
			if (a->reader.offset[i] > e->out[i].sent)
				e->out[i].sent = a->reader.offset[i];
	}
	exec_persist(e);
	/* A pipe that waited for a reader is read again, even if this reader has received all bytes before. */
	for (int i = 0; i < 2; i++)
		exec_output_sent(&e->out[i], 0);
	conn_touch(c);
	return 0;
}
