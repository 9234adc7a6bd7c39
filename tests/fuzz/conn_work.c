/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers for all requests: exec becomes an operation with stdin under credit and output on two streams, as much as its
 * arguments say; all others answer at once.
 */
#include "tests/fuzz/conn_work.h"

#include <string.h>

#include "agent/protocol/json.h"
#include "agent/server/dispatch.h"
#include "agent/snapshot/quiesce.h"
#include "tests/fuzz/fuzz.h"

#define PIECE_MAX 8192u

struct work work;

static enum op_accept work_data(struct op *op, size_t len)
{
	(void)op;
	if (len > work.credit)
		return OP_NO_CREDIT;
	work.credit -= len;
	work.incoming = work.ended ? 0 : len;
	return work.ended ? OP_DROP : OP_ACCEPT;
}

static int work_space(struct op *op, size_t max, struct iovec iov[2])
{
	size_t first = WORK_WINDOW - work.at;

	(void)op;
	FUZZ_CHECK(max <= work.incoming);
	iov[0] = (struct iovec){ work.in + work.at, first < max ? first : max };
	iov[1] = (struct iovec){ work.in, max - iov[0].iov_len };
	return iov[1].iov_len ? 2 : 1;
}

static void work_received(struct op *op, size_t n)
{
	(void)op;
	FUZZ_CHECK(n <= work.incoming);
	work.incoming -= n;
	work.at = (work.at + n) % WORK_WINDOW;
	work.unsettled += n;
}

static void work_settle(struct op *op)
{
	work.settled += work.unsettled;
	work.unsettled = 0;
	conn_touch(op->conn);
}

static void grant(struct op *op)
{
	uint8_t bytes[4];

	if (work.settled == 0)
		return;
	work.credit += work.settled;
	frame_put_u32(bytes, (uint32_t)work.settled);
	conn_queue(op->conn, FRAME_WINDOW, FRAME_STDIN, bytes, sizeof(bytes));
	work.settled = 0;
	FUZZ_REACHED("stdin of the operation");
}

static void work_end(struct op *op)
{
	work.ended = true;
	conn_touch(op->conn);
}

static bool work_event(struct op *op, const struct cJSON *event, struct reply *error)
{
	if (json_member(event, "bad"))
		return reply_fail(error, ERROR_PROTOCOL_ERROR, "bad");
	work_end(op);
	return true;
}

static size_t work_pending(struct op *op)
{
	(void)op;
	return work.ended || work.settled ? SIZE_MAX : work.left[0] + work.left[1];
}

static bool work_next(struct op *op, struct piece *ret)
{
	struct reply reply;

	grant(op);
	for (int i = 0; i < 2; i++) {
		if (!work.left[i])
			continue;
		ret->stream = i ? FRAME_STDERR : FRAME_STDOUT;
		ret->len = work.left[i] < PIECE_MAX ? work.left[i] : PIECE_MAX;
		return true;
	}
	if (!work.ended)
		return false;
	work.running = false;
	dispatch_begin(op, &reply);
	dispatch_finish(op, &reply);
	FUZZ_REACHED("the late answer of an operation");
	return false;
}

static int work_bytes(struct op *op, const struct piece *piece, struct iovec iov[2])
{
	static uint8_t pattern[PIECE_MAX + WORK_PERIOD];
	uint64_t offset = work.offset[piece->stream == FRAME_STDERR];

	(void)op;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i % WORK_PERIOD);
	iov[0] = (struct iovec){ pattern + offset % WORK_PERIOD, (piece->len + 1) / 2 };
	iov[1] = (struct iovec){ pattern + (offset + iov[0].iov_len) % WORK_PERIOD, piece->len - iov[0].iov_len };
	return iov[1].iov_len ? 2 : 1;
}

static void work_sent(struct op *op, enum frame_stream stream, size_t n)
{
	int i = stream == FRAME_STDERR;

	(void)op;
	FUZZ_CHECK(n <= work.left[i]);
	work.left[i] -= n;
	work.offset[i] += n;
}

static void work_gone(struct op *op)
{
	(void)op;
	FUZZ_CHECK(work.running);
	work.running = false;
	FUZZ_REACHED("an operation whose connection is gone");
}

static const struct op_class work_class = {
	.data = work_data,
	.space = work_space,
	.received = work_received,
	.settle = work_settle,
	.end = work_end,
	.event = work_event,
	.pending = work_pending,
	.next = work_next,
	.bytes = work_bytes,
	.sent = work_sent,
	.gone = work_gone,
};

static enum handled begin_work(struct conn *c, size_t out, size_t err, bool with_stdin)
{
	FUZZ_CHECK(!work.running && !c->op);
	memset(&work, 0, sizeof(work));
	work.op = (struct op){ .class = &work_class, .conn = c };
	work.running = true;
	work.ended = !with_stdin;
	work.credit = with_stdin ? WORK_WINDOW : 0;
	work.left[0] = out;
	work.left[1] = err;
	c->op = &work.op;
	conn_touch(c);
	return HANDLED_LATER;
}

/* exec is the operation above; all others have an empty answer. */
static enum handled serve(struct conn *c, const struct request *request, struct reply *reply)
{
	const struct request_exec *exec = &request->as.exec;

	(void)reply;
	if (request->type != REQUEST_exec)
		return HANDLED_NOW;
	return begin_work(c, strlen(exec->f_argv.item[0]) * 997, (exec->f_argv.count - 1) * 4999, exec->f_stdin);
}

static void reset(struct agent *agent)
{
	(void)agent;
}

const struct server_calls work_calls = { .serve = serve, .reset = reset };
