/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: bytes in, bytes out, frames. conn.c knows no requests; the loops of request.c and exec.c call it in turns:
 *
 *	while (conn_next(...) == CONN_FRAME) handle it;
 *	conn_turn(...);
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "host/include/pith.h"
#include "host/lib/json.h"

/* Room for the longest JSON frame, and for pieces of bulk data that are large compared with the cost of a system call. */
#define CONN_IN_BYTES (512u << 10)
/* Room for the longest request and 128 KiB of stdin or signals after the request. */
#define CONN_OUT_BYTES (FRAME_HEADER_SIZE + FRAME_JSON_MAX + (128u << 10))

struct pith_conn {
	int fd;
	int wake[2];		/* a pipe for the numbers of signals, and for CONN_WAKE_ constants */
	char name[160];		/* the address, for error messages */
	struct pith_hello hello;
	char *result;		/* text of the last R frame */
	char *token;		/* from pith_connect()'s options, or NULL */

	uint8_t *in;		/* CONN_IN_BYTES; bytes from in_start to in_end are not handled yet */
	size_t in_start;
	size_t in_end;
	uint32_t data_left;	/* bytes of a D frame's payload that are still to come */
	uint8_t data_stream;
	uint64_t received;	/* bytes in all */

	struct buf out;
	bool eof;		/* the peer has closed; its earlier bytes may still be unhandled */
	int gone_errno;		/* errno of the loss, or 0 */
	uint32_t size;		/* rows << 16 | cols of the last pith_exec_resize(), or 0; atomic */
	uint32_t leave;		/* pith_exec_detach() was called; atomic */
	bool unusable;		/* a reply may still come, or the stream is broken */
};

#define CONN_WAKE_KILL 0x80
#define CONN_WAKE_DETACH 0x81
#define CONN_WAKE_RESIZE 0x82

/* A D frame is handed out as its bytes arrive, at least one byte at a time: the caller takes them with conn_consume(). */
struct conn_frame {
	enum frame_type type;
	uint8_t stream;
	const uint8_t *payload;	/* valid until the next conn_turn() */
	size_t len;
};

enum conn_next {
	CONN_FRAME,
	CONN_NEED_MORE,
	CONN_BROKEN,	/* the peer broke a rule of the protocol: *ret_problem */
};

/* Consumes fd, also on failure. NULL without memory or file descriptors (errno). */
struct pith_conn *conn_new(int fd, const char *name);

/* Replaces conn's socket by other's, and consumes other. Buffered bytes of the old socket are dropped. */
void conn_replace(struct pith_conn *conn, struct pith_conn *other);

enum conn_next conn_next(struct pith_conn *conn, struct conn_frame *ret, const char **ret_problem);
void conn_consume(struct pith_conn *conn, size_t n);

enum conn_input {
	CONN_PAUSE_INPUT,
	CONN_WANT_INPUT,
};

/*
 * Sends queued frames, waits for the socket and for fds[1] to fds[count - 1], receives once. The call fills fds[0].
 * Returns PITH_OK (with conn->eof set when the peer has closed), PITH_DEADLINE or PITH_SYSTEM, without an error
 * message.
 */
enum pith_code conn_turn(struct pith_conn *conn, struct pollfd *fds, nfds_t count, enum conn_input input,
			 int64_t deadline);

/* Sends queued frames as far as possible without waiting. */
void conn_flush(struct pith_conn *conn);

/* Queues a frame. False when there is no room. */
bool conn_queue(struct pith_conn *conn, enum frame_type type, uint8_t stream, const void *payload, size_t len);

/*
 * Reserves room for a D frame of up to n bytes on stream 0. The caller fills the room and commits the actual length.
 * NULL without room.
 */
uint8_t *conn_reserve_data(struct pith_conn *conn, size_t n);
void conn_commit_data(struct pith_conn *conn, size_t n);

/* Queues {"op": op} with the members of fields (consumed; may be NULL). */
enum pith_code conn_queue_request(struct pith_conn *conn, const char *op, struct json *fields, struct pith_error *err);

/* Takes an R or E frame. R: *ret is the object, which the caller frees, and its text is conn->result. */
enum pith_code conn_take_answer(struct pith_conn *conn, const struct conn_frame *frame, struct json **ret,
				struct pith_error *err);

/* Error messages for the end of a connection; both mark conn unusable. */
enum pith_code conn_tell_lost(struct pith_conn *conn, const char *op, struct pith_error *err);
enum pith_code conn_tell_bad_reply(struct pith_conn *conn, const char *problem, struct pith_error *err);

/* PITH_OK, or PITH_LOST if conn is unusable. */
enum pith_code conn_check_usable(const struct pith_conn *conn, struct pith_error *err);
