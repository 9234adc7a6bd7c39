/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what an operation does that does nothing. Never: has a state. */
#include "agent/server/op_waiting.h"

#include "agent/protocol/reply.h"

enum op_accept op_no_data(struct op *op, size_t len)
{
	(void)op;
	(void)len;
	return OP_NO_CREDIT;
}

int op_no_space(struct op *op, size_t max, struct iovec iov[2])
{
	(void)op;
	(void)max;
	(void)iov;
	return 0;
}

void op_nothing_received(struct op *op, size_t n)
{
	(void)op;
	(void)n;
}

void op_nothing(struct op *op)
{
	(void)op;
}

bool op_no_event(struct op *op, const struct cJSON *event, struct reply *error)
{
	(void)op;
	(void)event;
	return reply_fail(error, ERROR_PROTOCOL_ERROR, "this request takes no events");
}

size_t op_nothing_pending(struct op *op)
{
	(void)op;
	return 0;
}

bool op_no_piece(struct op *op, struct piece *ret)
{
	(void)op;
	(void)ret;
	return false;
}

int op_no_bytes(struct op *op, const struct piece *piece, struct iovec iov[2])
{
	(void)op;
	(void)piece;
	(void)iov;
	return 0;
}

void op_nothing_sent(struct op *op, enum frame_stream stream, size_t n)
{
	(void)op;
	(void)stream;
	(void)n;
}
