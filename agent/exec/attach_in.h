/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving half of an attachment's op_class (conn.h): frames that the host sends to an exec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/exec/attach.h"
#include "common/cleanup.h"

static inline struct attachment *attachment_of(struct op *op)
{
	return container_of(op, struct attachment, op);
}

/* True: the exec has a stdin, and the host has not ended it. */
bool attach_stdin_is_open(const struct exec *e);

enum op_accept attach_data(struct op *op, size_t len);
int attach_space(struct op *op, size_t max, struct iovec iov[2]);
void attach_received(struct op *op, size_t n);
void attach_settle(struct op *op);
void attach_end(struct op *op);
bool attach_event(struct op *op, const struct cJSON *event, struct reply *error);
