/* SPDX-License-Identifier: Apache-2.0 */
/* An attachment: the operation of a connection that is attached to an exec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/core/loop.h"
#include "agent/exec/exec_readers.h"
#include "agent/server/conn.h"

struct exec;

enum attach_kind {
	ATTACH_EXEC,	/* of the connection that started the exec */
	ATTACH_FOLLOW,	/* reads the output until the exec ends */
	ATTACH_READ,	/* reads the output that is there */
	ATTACH_START,	/* waits until the program runs */
	ATTACH_WAIT,	/* waits for the record */
	ATTACH_STDIN,	/* writes stdin */
};

struct attachment {
	struct op op;
	struct exec *exec;
	struct exec_reader reader;
	enum attach_kind kind;
	bool writer;			/* exec->writer is this attachment's reader */
	bool greeted;			/* `started`, `attached` or `ready` was sent */
	bool detaching;
	uint64_t asked[2];		/* offsets from which the host asked to read */
	bool end_sent[2];
	bool stdin_end_sent;
	size_t credit;			/* bytes of stdin that the host may still send in further frames */
	size_t incoming;		/* bytes of the frame in hand that are still to come */
	int turn;			/* index of the stream that is asked first, so that neither starves */
	struct timer timeout;
};

struct attach_params {
	enum attach_kind kind;
	enum exec_gone when_gone;
	bool writer;
	uint64_t offset[2];		/* between tail and head; a gap event reports the bytes from `asked` to here */
	uint64_t asked[2];
	uint64_t timeout_us;		/* of ATTACH_WAIT; UINT64_MAX: none */
};

/* Attaches c to e; c's request ends later by itself. 0 or -ENOMEM. */
int attach(struct exec *e, struct conn *c, const struct attach_params *params);
