/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: frames in, frames out, one operation at a time.
 *
 *   OPEN     serves; `op` is set while a request runs
 *   CLOSING  a rule was broken: the last error is being written, and frames that come in are thrown away
 *   LEFT     a worker has the socket: the agent neither reads nor writes, and frees the connection when the loop's turn ends
 *
 * Small frames are queued in `out`. Stream data is not queued: when the socket has room, the running operation is asked
 * for its next piece, and the piece goes from its ring to the socket without a copy in between.
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

/* A piece: the payload of one D frame that is being written. */
struct piece {
	enum frame_stream stream;
	size_t len;
};

enum op_accept {
	OP_ACCEPT,	/* the bytes go where op_class.space() says */
	OP_DROP,	/* the bytes are thrown away: their reader is gone */
	OP_NO_CREDIT,	/* the host sends more bytes than its credit allows */
};

/*
 * The callbacks of an operation, for its connection. All but gone() may be NULL: such an operation takes no data and no
 * events, and has no output before its reply. data() needs space(), received() and settle(); next() needs bytes() and
 * sent().
 */
struct op_class {
	bool outlasts_resume;	/* a resume of the guest does not close the operation's connection */
	/* A D frame of stream 0 with len bytes begins. */
	enum op_accept (*data)(struct op *op, size_t len);
	/*
	 * Returns room for up to max accepted bytes: 1 or 2 iovecs (the credit guarantees room), or 0: the reader is
	 * gone, and the rest of the frame is dropped.
	 */
	int (*space)(struct op *op, size_t max, struct iovec iov[2]);
	void (*received)(struct op *op, size_t n);
	/* All bytes of this turn have been received: the operation passes them on. */
	void (*settle)(struct op *op);
	/* A Z frame of stream 0 has come. */
	void (*end)(struct op *op);
	/* A V frame, decoded. False: *error says why the event is refused, and the connection is closed with *error. */
	bool (*event)(struct op *op, const struct cJSON *event, struct reply *error);
	/* Returns the bytes of output that wait to be sent; SIZE_MAX: some output must be sent at once. */
	size_t (*pending)(struct op *op);
	/* Returns the next piece of output, or false. May queue frames, and may end the operation. */
	bool (*next)(struct op *op, struct piece *ret);
	/* Returns where the next bytes of the piece are: 1 or 2 iovecs, valid until the operation changes its ring. */
	int (*bytes)(struct op *op, const struct piece *piece, struct iovec iov[2]);
	void (*sent)(struct op *op, enum frame_stream stream, size_t n);
	/* The connection is gone: the operation must drop its pointer. */
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
	struct conn *newer, *older;	/* list of all connections, by the time of their last request */
	struct conn *next_dirty;
	bool dirty;
	enum conn_state state;
	bool inside;			/* the caller is the guest's own root and needs no token */
	uint32_t token_version;		/* of the token that the caller has sent; 0: none */
	uint64_t number;		/* counts up with each connection */
	struct op *op;			/* owned by the module that runs the operation */

	/* Input. Small frames are read together and used in place; large JSON bodies are gathered in `body`. */
	struct timer deadline;
	uint8_t in[CONN_IN_SIZE];
	size_t in_len;
	bool have_header;
	bool stalled;			/* reading stopped at the bound of a turn, not for lack of input */
	bool got_data;			/* in this turn: op_class.received() was called */
	size_t moved;			/* in this turn: bytes that were read */
	bool drained;			/* in this turn: a read came back short */
	bool dropping;			/* the payload in hand is thrown away */
	struct frame_header header;
	uint32_t left;			/* bytes of the payload that are still to come */
	struct buf body;

	/* Output. */
	struct buf out;
	bool blocked;			/* the socket is full: wait for EPOLLOUT */
	struct timer hold;		/* ends the wait of bytes that are held back, see LIMIT_HOLD_US */
	bool held;			/* `out` holds only frames that may wait for others */
	bool corked;			/* a small piece was just sent: further small pieces wait */
	struct piece piece;
	size_t piece_size;
	uint8_t piece_header[FRAME_HEADER_SIZE];
	size_t piece_header_left;
};

/*
 * Takes over fd (consumed on failure too). inside: the caller is the guest's own root; on_ready: the reading callback
 * (conn_in.h). 0, or -errno and *ret must not be used.
 */
int conn_new(struct agent *agent, int fd, bool inside, void (*on_ready)(struct watch *, uint32_t), struct conn **ret);

/* Closes the connection at once. May free the connection's operation. */
void conn_free(struct conn *c);

/* Queues *error, and closes the connection when the host has read the error, or after LIMIT_CLOSING_US. */
void conn_fail(struct conn *c, const struct reply *error);

/* Reserves room for a frame with len bytes of payload. False: there is no memory; the connection goes on. */
bool conn_reserve(struct conn *c, size_t len);

/* Queues a frame, which is written at the end of the loop's turn. */
void conn_queue(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len);

/* Queues an E frame. */
void conn_queue_error(struct conn *c, const struct reply *error);

/* Gives back the memory of a half-received JSON body. */
void conn_drop_body(struct conn *c);

/* As conn_queue(), for a frame that may wait LIMIT_HOLD_US for others to go with it. */
void conn_queue_lazy(struct conn *c, enum frame_type type, enum frame_stream stream, const void *payload, size_t len);

/* Closes all connections up to this number, but those that wait for a quiesce or resume. Returns how many were closed. */
size_t conn_close_older(struct agent *agent, uint64_t number);

/* Makes the connection the last one to be evicted: it began a request. */
void conn_renew(struct conn *c);

/* Marks the connection as having bytes to send; conn_flush_touched() looks when the loop's turn ends. */
void conn_touch(struct conn *c);

/* Writes the bytes of all touched connections. */
void conn_flush_touched(struct agent *agent);
