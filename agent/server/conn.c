/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a connection's fd, its buffers and its position in the list of connections; conn_in.c reads, this file writes.
 *
 * Never: blocks, looks into JSON, keeps a pointer to an operation that has ended.
 */
#include "agent/server/conn.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/protocol/reply.h"
#include "agent/server/server.h"
#include "common/cleanup.h"
#include "common/io.h"

static void on_deadline(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, deadline);
	struct reply error = { 0 };

	if (c->state == CONN_CLOSING) {
		conn_free(c);
		return;
	}
	reply_fail(&error, ERROR_PROTOCOL_ERROR, "the frame was not whole within %lld s", LIMIT_FRAME_US / 1000000);
	conn_fail(c, &error);
}

static void on_hold_end(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, hold);

	c->held = false;
	c->corked = false;
	conn_touch(c);
}

static void unlink_conn(struct conn *c)
{
	*(c->newer ? &c->newer->older : &c->agent->server->newest) = c->older;
	*(c->older ? &c->older->newer : &c->agent->server->oldest) = c->newer;
}

static void link_newest(struct conn *c)
{
	c->newer = NULL;
	c->older = c->agent->server->newest;
	*(c->older ? &c->older->newer : &c->agent->server->oldest) = c;
	c->agent->server->newest = c;
}

static uint32_t wanted_events(const struct conn *c)
{
	/* A host that sends requests without reading the replies is not read either. */
	bool reads = c->out.len < c->out.max / 2;

	return (reads ? EPOLLIN : 0u) | (c->blocked || (reads && c->stalled) ? EPOLLOUT : 0u);
}

/* Takes n written bytes off the queued frames and the piece in hand. */
static void account(struct conn *c, size_t out_len, size_t n)
{
	struct op *op = c->op;
	size_t part = n < out_len ? n : out_len;

	buf_consume(&c->out, part);
	if (c->out.len == 0)
		c->held = false;
	n -= part;
	part = n < c->piece_header_left ? n : c->piece_header_left;
	c->piece_header_left -= part;
	n -= part;
	if (n == 0)
		return;
	c->piece.len -= n;
	op->class->sent(op, c->piece.stream, n);
	if (c->piece.len == 0 && c->piece_size < LIMIT_SMALL_BYTES) {
		c->corked = true;
		loop_timer_set(&c->agent->loop, &c->hold, LIMIT_HOLD_US);
	}
}

static bool piece_is_chosen(const struct conn *c)
{
	return c->piece_header_left || c->piece.len;
}

/* A part of the piece has been written: no other frame may come before the rest. */
static bool piece_is_under_way(const struct conn *c)
{
	return piece_is_chosen(c) && c->piece_header_left < FRAME_HEADER_SIZE;
}

static void leave_operation(struct conn *c)
{
	struct op *op = c->op;

	c->op = NULL;
	if (op)
		op->class->gone(op);
}

static void begin_piece(struct conn *c)
{
	struct frame_header header = { .length = (uint32_t)c->piece.len, .type = FRAME_DATA, .stream = (uint8_t)c->piece.stream };

	frame_encode_header(&header, c->piece_header);
	c->piece_header_left = FRAME_HEADER_SIZE;
	c->piece_size = c->piece.len;
}

/* True: nothing queued is urgent, so the socket waits for more bytes, or for the hold timer. */
static bool hold_back(struct conn *c)
{
	size_t pending = c->op && c->op->class->pending ? c->op->class->pending(c->op) : 0;

	if (c->state == CONN_CLOSING || (c->out.len && !c->held))
		return false;
	if (pending)
		return c->corked && pending < LIMIT_SMALL_BYTES;
	if (c->held && !c->hold.due_us)
		loop_timer_set(&c->agent->loop, &c->hold, LIMIT_HOLD_US);
	return true;
}

/*
 * Gathers the next bytes into iov and returns the number of entries; *ret_out_len is the part of the bytes that is
 * c->out. Once the header of a piece is partly written, the rest of the piece goes before all frames that were queued
 * meanwhile.
 */
static int gather(struct conn *c, struct iovec iov[4], size_t *ret_out_len)
{
	bool chosen = piece_is_chosen(c);
	int count = 0;

	if (!chosen && hold_back(c))
		return 0;
	if (!chosen && c->state == CONN_CLOSING)
		leave_operation(c);
	if (!chosen && c->op && c->op->class->next && c->op->class->next(c->op, &c->piece))
		begin_piece(c);
	else if (!chosen && hold_back(c))
		return 0;
	*ret_out_len = piece_is_under_way(c) ? 0 : c->out.len;
	if (*ret_out_len)
		iov[count++] = (struct iovec){ c->out.data, c->out.len };
	if (c->piece_header_left)
		iov[count++] = (struct iovec){ c->piece_header + FRAME_HEADER_SIZE - c->piece_header_left, c->piece_header_left };
	if (c->piece.len && c->op)
		count += c->op->class->bytes(c->op, &c->piece, iov + count);
	return count;
}

/* May free c. */
static void flush(struct conn *c)
{
	size_t moved = 0;

	if (c->state == CONN_LEFT) {
		conn_free(c);
		return;
	}
	while (moved < LIMIT_TURN_BYTES && !c->blocked) {
		struct iovec iov[4];
		size_t out_len;
		int count = gather(c, iov, &out_len);
		ssize_t n;

		if (c->out.failed) {
			conn_free(c);
			return;
		}
		if (count == 0)
			break;
		n = io_writev(c->watch.fd, iov, count);
		if (n == -EAGAIN) {
			c->blocked = true;
		} else if (n < 0) {
			conn_free(c);
			return;
		} else {
			account(c, out_len, (size_t)n);
			moved += (size_t)n;
		}
	}
	/* The bound of the turn is reached with bytes left: EPOLLOUT of the writable socket leads here again. */
	if (moved >= LIMIT_TURN_BYTES)
		c->blocked = true;
	if (loop_watch(&c->agent->loop, &c->watch, wanted_events(c)) < 0)
		conn_free(c);
}

static void append_frame(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = type, .stream = (uint8_t)stream };
	uint8_t bytes[FRAME_HEADER_SIZE];

	frame_encode_header(&header, bytes);
	buf_append(&c->out, bytes, sizeof(bytes));
	buf_append(&c->out, payload, len);
	conn_touch(c);
}

bool conn_reserve(struct conn *c, size_t len)
{
	size_t n = FRAME_HEADER_SIZE + len;

	if (c->out.failed || n > c->out.max - c->out.len || buf_reserve(&c->out, n))
		return true;
	c->out.failed = false;
	return false;
}

void conn_queue(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len)
{
	c->held = false;
	append_frame(c, type, stream, payload, len);
}

void conn_queue_lazy(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len)
{
	c->held = c->held || c->out.len == 0;
	append_frame(c, type, stream, payload, len);
}

void conn_queue_error(struct conn *c, const struct reply *error)
{
	struct buf *b = &c->agent->scratch;

	reply_write_error(error, b);
	conn_queue(c, FRAME_ERROR, FRAME_STDIN, b->data, b->len);
}

void conn_drop_body(struct conn *c)
{
	c->agent->server->bodies_bytes -= c->body.size;
	buf_deinit(&c->body);
}

void conn_touch(struct conn *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->agent->server->dirty;
	c->agent->server->dirty = c;
}

void conn_flush_touched(struct agent *agent)
{
	while (agent->server->dirty) {
		struct conn *c = agent->server->dirty;

		agent->server->dirty = c->next_dirty;
		c->dirty = false;
		flush(c);
	}
}

void conn_fail(struct conn *c, const struct reply *error)
{
	c->agent->counters.protocol_errors++;
	c->state = CONN_CLOSING;
	conn_drop_body(c);
	conn_queue_error(c, error);
	if (!piece_is_under_way(c)) {
		c->piece_header_left = 0;
		c->piece.len = 0;
		leave_operation(c);
	}
	loop_timer_set(&c->agent->loop, &c->deadline, LIMIT_CLOSING_US);
}

int conn_new(struct agent *agent, int fd, bool inside, void (*on_ready)(struct watch *, uint32_t), struct conn **ret)
{
	struct conn *c = calloc(1, sizeof(*c));
	int r;

	if (c)
		c->out = BUF_INIT(LIMIT_OUT_BYTES);
	if (!c || !buf_reserve(&c->out, LIMIT_OUT_FIRST_BYTES)) {
		free(c);
		close_fd(&fd);
		return -ENOMEM;
	}
	c->watch = (struct watch){ .fd = fd, .fn = on_ready };
	c->agent = agent;
	c->inside = inside;
	c->deadline.fn = on_deadline;
	c->hold.fn = on_hold_end;
	c->body = BUF_INIT(FRAME_JSON_MAX);
	link_newest(c);
	agent->server->connections++;
	c->number = ++agent->counters.connections_total;
	r = loop_watch(&agent->loop, &c->watch, EPOLLIN);
	if (r < 0) {
		conn_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void conn_free(struct conn *c)
{
	struct agent *agent = c->agent;

	leave_operation(c);
	for (struct conn **at = &agent->server->dirty; c->dirty && *at; at = &(*at)->next_dirty)
		if (*at == c) {
			*at = c->next_dirty;
			break;
		}
	loop_timer_clear(&agent->loop, &c->deadline);
	loop_timer_clear(&agent->loop, &c->hold);
	loop_close(&agent->loop, &c->watch);
	unlink_conn(c);
	agent->server->connections--;
	conn_drop_body(c);
	buf_deinit(&c->out);
	free(c);
}

void conn_renew(struct conn *c)
{
	unlink_conn(c);
	link_newest(c);
}

size_t conn_close_older(struct agent *agent, uint64_t number)
{
	struct conn *c = agent->server->oldest, *newer;
	size_t count = 0;

	for (; c; c = newer) {
		newer = c->newer;
		if (c->number > number || (c->op && c->op->class->outlasts_resume) || c->state == CONN_LEFT)
			continue;
		count++;
		conn_free(c);
	}
	return count;
}
