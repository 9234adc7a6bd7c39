/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection sees of an exec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/core/loop.h"
#include "agent/exec/exec_readers.h"
#include "agent/server/conn.h"

struct exec;

enum attach_kind {
	ATTACH_EXEC,	/* the connection that started it */
	ATTACH_FOLLOW,	/* reads it until its end */
	ATTACH_READ,	/* reads what is there */
	ATTACH_START,	/* waits until it runs */
	ATTACH_WAIT,	/* waits for the record */
	ATTACH_STDIN,	/* writes its stdin */
};

struct attachment {
	struct op op;
	struct exec *exec;
	struct exec_reader reader;
	enum attach_kind kind;
	bool writer;			/* its reader is exec->writer */
	bool greeted;			/* `started`, `attached` or `ready` was sent */
	bool detaching;
	uint64_t asked[2];		/* where the host wanted to begin */
	bool end_sent[2];
	bool stdin_end_sent;
	size_t credit;			/* stdin bytes that the host may still send in further frames */
	size_t incoming;		/* bytes of the frame at hand that are still to come */
	int turn;			/* the stream that is asked first, so that neither starves */
	struct timer timeout;
};

struct attach_params {
	enum attach_kind kind;
	enum exec_gone when_gone;
	bool writer;
	uint64_t offset[2];		/* between tail and head; what is older is told as a gap to `asked` */
	uint64_t asked[2];
	uint64_t timeout_us;		/* of ATTACH_WAIT; UINT64_MAX: none */
};

/* Attaches; c's request ends later by itself. 0 or -ENOMEM. */
int attach(struct exec *e, struct conn *c, const struct attach_params *params);
