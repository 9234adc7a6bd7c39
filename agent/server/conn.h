/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: frames in, frames out, one operation at a time.
 *
 *   OPEN     serves; `op` is set while a request runs
 *   CLOSING  a rule was broken: the last error is being written, what still comes in is thrown away
 *   LEFT     a worker has the socket: nothing is read or written here any more, and it is freed when the loop's turn ends
 *
 * Small frames are queued in `out`. Stream data is not: when the socket has room, the running operation is asked for its
 * next piece, and the piece goes from its ring to the socket without a copy in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "agent/core/loop.h"
#include "common/buf.h"
#include "common/frame.h"

struct agent;
struct cJSON;
struct conn;
struct op;
struct reply;

/* What is left of a piece of stream data on its way out. */
struct piece {
	enum frame_stream stream;
	size_t len;
};

enum op_accept {
	OP_ACCEPT,	/* the bytes go where op_class.space() says */
	OP_DROP,	/* nobody reads them any more */
	OP_NO_CREDIT,	/* the host was not allowed to send that much */
};

/*
 * What an operation that runs for a while gives its connection to call. All but gone() may be NULL: such an operation takes no data
 * and no events, and has no output before its answer. data() comes with space(), received() and settle(); next() with bytes() and sent().
 */
struct op_class {
	bool outlasts_resume;	/* a resume of the guest does not close its connection */
	/* A D frame of stream 0 with len bytes begins. */
	enum op_accept (*data)(struct op *op, size_t len);
	/*
	 * Room for up to max accepted bytes: 1 or 2 iovecs (the credit saw to it that there is some), or 0: the reader is gone,
	 * and the rest is dropped.
	 */
	int (*space)(struct op *op, size_t max, struct iovec iov[2]);
	void (*received)(struct op *op, size_t n);
	/* All that came in this turn has been received: time to pass it on. */
	void (*settle)(struct op *op);
	/* Z of stream 0. */
	void (*end)(struct op *op);
	/* A V frame, decoded. False: *error says why it is refused, and the connection closes with it. */
	bool (*event)(struct op *op, const struct cJSON *event, struct reply *error);
	/* Bytes of output that wait to be sent; SIZE_MAX when there is something that must not wait for company. */
	size_t (*pending)(struct op *op);
	/* The next piece of output, or false. May queue frames, and may end the operation. */
	bool (*next)(struct op *op, struct piece *ret);
	/* Where the next bytes of the piece are now: 1 or 2 iovecs. They may lie elsewhere the next time. */
	int (*bytes)(struct op *op, const struct piece *piece, struct iovec iov[2]);
	void (*sent)(struct op *op, enum frame_stream stream, size_t n);
	/* The connection is gone; the operation must forget it. */
	void (*gone)(struct op *op);
};

struct op {
	const struct op_class *class;
	struct conn *conn;
};

enum conn_state { CONN_OPEN, CONN_CLOSING, CONN_LEFT };

#define CONN_IN_SIZE 512

struct conn {
	struct watch watch;
	struct agent *agent;
	struct conn *newer, *older;	/* all connections, by when they last began something */
	struct conn *next_dirty;
	bool dirty;
	enum conn_state state;
	bool inside;			/* its peer is the guest's own root: no token is asked of it */
	uint32_t token_version;		/* of the token that it has given; 0: of none */
	uint64_t number;		/* counts up with each */
	struct op *op;			/* owned by whoever runs the operation */

	/* In. Small frames are read together and used in place; large JSON bodies are gathered in `body`. */
	struct timer deadline;
	uint8_t in[CONN_IN_SIZE];
	size_t in_len;
	bool have_header;
	bool stalled;			/* reading stopped at the bound of a turn, not for want of input */
	bool got_data;			/* in this turn: op_class.received() was called */
	size_t moved;			/* in this turn: bytes that were read */
	bool drained;			/* in this turn: a read came back short */
	bool dropping;			/* the payload at hand is thrown away */
	struct frame_header header;
	uint32_t left;			/* bytes of the payload that have not come yet */
	struct buf body;

	/* Out. */
	struct buf out;
	bool blocked;			/* the socket is full: wait for EPOLLOUT */
	struct timer hold;		/* ends the wait of what is held back, see LIMIT_HOLD_US */
	bool held;			/* out holds only frames that can wait for others */
	bool corked;			/* a small piece was just sent: small ones wait */
	struct piece piece;
	size_t piece_size;
	uint8_t piece_header[FRAME_HEADER_SIZE];
	size_t piece_header_left;
};

/*
 * Takes over the fd (consumed on failure too). inside: by where it comes from; on_ready: what reads it (conn_in.h). 0, or -errno and
 * *ret is not to be used.
 */
int conn_new(struct agent *agent, int fd, bool inside, void (*on_ready)(struct watch *, uint32_t), struct conn **ret);

/* Ends it at once. May free c's operation. */
void conn_free(struct conn *c);

/* Says why and closes when that was read, or LIMIT_CLOSING_US later. */
void conn_fail(struct conn *c, const struct reply *error);

/* Makes room for a frame of so many bytes. False: there is no memory for it; the connection goes on. */
bool conn_reserve(struct conn *c, size_t len);

/* Queues a frame. Written at the end of the loop's turn. */
void conn_queue(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len);

/* Queues an E frame. */
void conn_queue_error(struct conn *c, const struct reply *error);

/* Gives back the memory of a half-received JSON body. */
void conn_drop_body(struct conn *c);

/* The same for a frame that may wait LIMIT_HOLD_US for others to go with it. */
void conn_queue_lazy(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len);

/* Closes all up to that number, but not who waits for a quiesce or resume. How many. */
size_t conn_close_older(struct agent *agent, uint64_t number);

/* Moves it to the end of the line for eviction: it began something. */
void conn_renew(struct conn *c);

/* There may be something to send: it is looked at when the loop's turn ends. */
void conn_touch(struct conn *c);

/* Writes what every touched connection has to send. */
void conn_flush_touched(struct agent *agent);
