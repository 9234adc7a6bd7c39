/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way from received bytes to whole frames.
 *
 * Headers and small bodies are read together into c->in. The rest of a D frame goes straight to the memory that its
 * operation names, and the next header after it in one system call. A JSON body that does not fit c->in grows in
 * c->body only as its bytes really come.
 *
 * Never: trusts a length before frame_decode_header() accepted it, reads more bytes of a stream than its credit.
 */
#include "agent/server/conn_in.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/protocol/host_frames.h"
#include "agent/protocol/reply.h"
#include "agent/server/conn.h"
#include "agent/server/dispatch.h"
#include "agent/server/server.h"
#include "common/cleanup.h"
#include "common/io.h"

enum progress {
	PROGRESS_MADE,
	PROGRESS_NONE,		/* nothing more can be read now */
	PROGRESS_GONE,		/* c is freed */
};

#define BODY_FIRST_SIZE 4096u

static void fail_as(struct conn *c, enum error_code code, const char *why)
{
	struct reply error = { 0 };

	reply_fail(&error, code, "%s", why);
	conn_fail(c, &error);
}

static void fail(struct conn *c, const char *why)
{
	fail_as(c, ERROR_PROTOCOL_ERROR, why);
}

static void take_in(struct conn *c, size_t n)
{
	c->in_len -= n;
	memmove(c->in, c->in + n, c->in_len);
}

static void end_frame(struct conn *c)
{
	c->have_header = false;
	c->dropping = false;
	conn_drop_body(c);
	loop_timer_clear(&c->agent->loop, &c->deadline);
}

/* On an established vsock connection, this errno has one cause: the device was reset, as in the restore of a VM. */
static void lose(struct conn *c, ssize_t why)
{
	struct agent *agent = c->agent;
	int domain = 0;
	socklen_t size = sizeof(domain);
	bool is_reset = why == -ECONNRESET && getsockopt(c->watch.fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_VSOCK;

	conn_free(c);
	if (is_reset)
		agent->server->calls->reset(agent);
}

/* Appends the bytes of one read(2) to c->in. */
static enum progress fill_in(struct conn *c)
{
	size_t space = sizeof(c->in) - c->in_len;
	ssize_t n;

	/* The last read emptied the socket: another would return EAGAIN. */
	if (c->drained)
		return PROGRESS_NONE;
	n = io_read(c->watch.fd, c->in + c->in_len, space);
	if (n == -EAGAIN)
		return PROGRESS_NONE;
	if (n <= 0) {
		lose(c, n);
		return PROGRESS_GONE;
	}
	c->in_len += (size_t)n;
	c->moved += (size_t)n;
	c->drained = (size_t)n < space;
	return PROGRESS_MADE;
}

static void begin_data(struct conn *c)
{
	enum op_accept answer = OP_DROP;

	if (c->op)
		answer = c->op->class->data ? c->op->class->data(c->op, c->header.length) : OP_NO_CREDIT;

	/* The deadline was set when the header came in parts; the time for the payload of a D frame has no bound. */
	loop_timer_clear(&c->agent->loop, &c->deadline);
	switch (answer) {
	case OP_ACCEPT:
		return;
	case OP_DROP:
		c->agent->counters.late_frames++;
		c->dropping = true;
		return;
	case OP_NO_CREDIT:
		fail(c, HOST_FRAMES_NO_CREDIT);
		return;
	}
}

/* The header is whole: decides whether such a frame may come now. */
static void begin_frame(struct conn *c)
{
	const char *broken = host_frames_broken_rule(&c->header, c->op);

	c->have_header = true;
	c->left = c->header.length;
	if (broken)
		fail(c, broken);
	else if (c->header.type == FRAME_DATA)
		begin_data(c);
}

static enum progress read_header(struct conn *c)
{
	enum frame_result result = frame_decode_header(c->in, c->in_len, &c->header);

	switch (result) {
	case FRAME_OK:
		take_in(c, FRAME_HEADER_SIZE);
		begin_frame(c);
		return PROGRESS_MADE;
	case FRAME_MORE:
		return fill_in(c);
	case FRAME_BAD_TYPE:
	case FRAME_BAD_STREAM:
	case FRAME_BAD_RESERVED:
	case FRAME_BAD_LENGTH:
		fail(c, frame_result_text(result));
		return PROGRESS_MADE;
	}
	return PROGRESS_MADE;
}

static enum progress drop_payload(struct conn *c)
{
	size_t n = c->in_len < c->left ? c->in_len : c->left;

	if (n == 0 && c->left > 0)
		return fill_in(c);
	take_in(c, n);
	c->left -= (uint32_t)n;
	if (c->left == 0)
		end_frame(c);
	return PROGRESS_MADE;
}

/* Copies the bytes of the payload that c->in already holds. */
static void data_from_in(struct conn *c)
{
	while (c->in_len && c->left) {
		size_t max = c->in_len < c->left ? c->in_len : c->left;
		struct iovec iov[2];

		if (c->op->class->space(c->op, max, iov) == 0)
			return;	/* the connection closed meanwhile: read_data() checks too */
		max = iov[0].iov_len < max ? iov[0].iov_len : max;
		memcpy(iov[0].iov_base, c->in, max);
		take_in(c, max);
		c->left -= (uint32_t)max;
		c->op->class->received(c->op, max);
		c->got_data = true;
	}
}

static enum progress read_data(struct conn *c)
{
	struct iovec iov[3];
	size_t asked = 0;
	ssize_t n;
	int count;

	if (!c->op) {
		c->dropping = true;
		return PROGRESS_MADE;
	}
	data_from_in(c);
	if (c->left == 0) {
		end_frame(c);
		return PROGRESS_MADE;
	}
	count = c->op->class->space(c->op, c->left, iov);
	if (count == 0) {
		c->dropping = true;
		return PROGRESS_MADE;
	}
	for (int i = 0; i < count; i++)
		asked += iov[i].iov_len;
	/* c->in is empty here: the payload took all of it. */
	if (asked == c->left)
		iov[count++] = (struct iovec){ c->in, FRAME_HEADER_SIZE };
	n = io_readv(c->watch.fd, iov, count);
	if (n == -EAGAIN)
		return PROGRESS_NONE;
	if (n <= 0) {
		lose(c, n);
		return PROGRESS_GONE;
	}
	c->moved += (size_t)n;
	if ((size_t)n > asked) {
		c->in_len = (size_t)n - asked;
		n = (ssize_t)asked;
	}
	c->left -= (uint32_t)n;
	c->op->class->received(c->op, (size_t)n);
	c->got_data = true;
	if (c->left == 0)
		end_frame(c);
	return PROGRESS_MADE;
}

static void act_on_event(struct conn *c, const char *text, size_t len)
{
	const struct cJSON *event;
	struct reply error = { 0 };

	if (!host_frames_decode_event(text, len, &event, &error)) {
		conn_fail(c, &error);
	} else if (!c->op) {
		c->agent->counters.late_frames++;
	} else if (!c->op->class->event) {
		fail(c, "this request takes no events");
	} else if (!c->op->class->event(c->op, event, &error)) {
		conn_fail(c, &error);
	}
}

/* Handles a whole frame other than D. */
static void act_on_frame(struct conn *c, const char *body)
{
	size_t len = c->header.length;

	if (c->header.type == FRAME_REQUEST) {
		conn_renew(c);
		dispatch_request(c, body, len);
	} else if (c->header.type == FRAME_EVENT) {
		act_on_event(c, body, len);
	} else if (c->op) {
		if (c->op->class->end)
			c->op->class->end(c->op);
	} else {
		c->agent->counters.late_frames++;
	}
}

static enum progress read_large_body(struct conn *c)
{
	struct agent *agent = c->agent;
	size_t had = c->body.size, want = c->body.len ? c->body.len : BODY_FIRST_SIZE;
	uint8_t *to;
	ssize_t n;

	if (want > c->left)
		want = c->left;
	to = buf_reserve(&c->body, want);
	agent->server->bodies_bytes += c->body.size - had;
	if (!to || agent->server->bodies_bytes > LIMIT_BODIES_BYTES) {
		fail_as(c, ERROR_RESOURCE_EXHAUSTED, to ? "too much memory in half-received requests" : "no memory for this request");
		return PROGRESS_MADE;
	}
	if (c->in_len) {
		n = (ssize_t)(c->in_len < want ? c->in_len : want);
		memcpy(to, c->in, (size_t)n);
		take_in(c, (size_t)n);
	} else {
		n = io_read(c->watch.fd, to, want);
	}
	if (n == -EAGAIN)
		return PROGRESS_NONE;
	if (n <= 0) {
		lose(c, n);
		return PROGRESS_GONE;
	}
	buf_commit(&c->body, (size_t)n);
	c->moved += (size_t)n;
	c->left -= (uint32_t)n;
	return PROGRESS_MADE;
}

static enum progress read_body(struct conn *c)
{
	size_t len = c->header.length;
	enum progress progress;

	if (len <= sizeof(c->in)) {
		if (c->in_len < len)
			return fill_in(c);
		act_on_frame(c, (const char *)c->in);
		if (c->state == CONN_OPEN)
			take_in(c, len);
	} else {
		progress = read_large_body(c);
		if (progress != PROGRESS_MADE || c->left > 0 || c->state != CONN_OPEN)
			return progress;
		act_on_frame(c, (const char *)c->body.data);
	}
	if (c->state == CONN_OPEN)
		end_frame(c);
	return PROGRESS_MADE;
}

/* After a broken rule: input is thrown away until the host has read the error and closed. */
static enum progress read_and_discard(struct conn *c)
{
	c->in_len = 0;
	return fill_in(c);
}

static enum progress read_step(struct conn *c)
{
	if (c->state == CONN_LEFT)
		return PROGRESS_NONE;
	if (c->state == CONN_CLOSING)
		return read_and_discard(c);
	if (!c->have_header)
		return read_header(c);
	if (c->dropping)
		return drop_payload(c);
	if (c->header.type == FRAME_DATA)
		return read_data(c);
	return read_body(c);
}

size_t conn_unread(const struct conn *c, const uint8_t **ret)
{
	/* A larger body is gathered in c->body, and c->in is empty then. */
	size_t body = c->header.length <= sizeof(c->in) ? c->header.length : 0;

	*ret = c->in + body;
	return c->in_len - body;
}

static void read_all(struct conn *c)
{
	enum progress progress = PROGRESS_MADE;

	c->drained = false;
	c->moved = 0;
	/* The bound on c->out makes a host that sends without reading the replies wait; see wanted_events(). */
	while (c->moved < LIMIT_TURN_BYTES && c->out.len < c->out.max / 2) {
		progress = read_step(c);
		if (progress == PROGRESS_GONE)
			return;
		if (progress == PROGRESS_NONE)
			break;
		c->moved += FRAME_HEADER_SIZE;
	}
	/* c->in may hold whole frames, for which epoll reports no event. */
	c->stalled = progress == PROGRESS_MADE;
	if (c->op && c->got_data)
		c->op->class->settle(c->op);
	c->got_data = false;
	/* A frame has begun and is not whole. The payload of a D frame has no deadline, a JSON frame has one. */
	if (c->state == CONN_OPEN && !c->deadline.due_us && (c->in_len || (c->have_header && c->header.type != FRAME_DATA)))
		loop_timer_set(&c->agent->loop, &c->deadline, LIMIT_FRAME_US);
	conn_touch(c);
}

void conn_on_ready(struct watch *watch, uint32_t events)
{
	struct conn *c = container_of(watch, struct conn, watch);

	/* A peer that shut down both ways reads no more: only a write says so where nothing is read before the output is gone. */
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
		c->blocked = false;
		conn_touch(c);
	}
	/* EPOLLHUP and EPOLLERR appear as the end of input or as an error of read(2). */
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || c->stalled)
		read_all(c);	/* may free c */
}
