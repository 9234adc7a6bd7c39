/* SPDX-License-Identifier: Apache-2.0 */
/* An operation that only waits: it takes no data and no events, and sends nothing before its answer. */
#pragma once

#include "agent/server/conn.h"

enum op_accept op_no_data(struct op *op, size_t len);
int op_no_space(struct op *op, size_t max, struct iovec iov[2]);
void op_nothing_received(struct op *op, size_t n);
void op_nothing(struct op *op);
bool op_no_event(struct op *op, const struct cJSON *event, struct reply *error);
size_t op_nothing_pending(struct op *op);
bool op_no_piece(struct op *op, struct piece *ret);
int op_no_bytes(struct op *op, const struct piece *piece, struct iovec iov[2]);
void op_nothing_sent(struct op *op, enum frame_stream stream, size_t n);

/* A struct op_class of which only `gone` does something. */
#define OP_QUIET(gone_)                        \
	{                                      \
		.data = op_no_data,            \
		.space = op_no_space,          \
		.received = op_nothing_received, \
		.settle = op_nothing,          \
		.end = op_nothing,             \
		.event = op_no_event,          \
		.pending = op_nothing_pending, \
		.next = op_no_piece,           \
		.bytes = op_no_bytes,          \
		.sent = op_nothing_sent,       \
		.gone = gone_,                 \
	}
