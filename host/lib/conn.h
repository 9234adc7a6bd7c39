/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: bytes in, bytes out, frames. It knows no request; request.c and exec.c are made of turns:
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

/* Holds the longest JSON frame, and bulk data in pieces large enough that a system call costs little beside them. */
#define CONN_IN_BYTES (512u << 10)
/* The longest request, and 64 KiB of stdin or signals behind it. */
#define CONN_OUT_BYTES (FRAME_HEADER_SIZE + FRAME_JSON_MAX + (128u << 10))

struct pith_conn {
	int fd;
	int wake[2];		/* a pipe: numbers of signals, and the three below */
	char name[160];		/* the address, for sentences */
	struct pith_hello hello;
	char *result;		/* text of the last R */
	char *token;		/* that was given to pith_connect(), or NULL */

	uint8_t *in;		/* CONN_IN_BYTES; [in_start, in_end) is not handled yet */
	size_t in_start;
	size_t in_end;
	uint32_t data_left;	/* bytes of a D frame's payload that are still to come */
	uint8_t data_stream;
	uint64_t received;	/* bytes in all */

	struct buf out;
	bool eof;		/* the other side is gone; what it sent before is still to be handled */
	int gone_errno;		/* and how, or 0 */
	uint32_t size;		/* rows << 16 | cols of the last pith_exec_resize(), or 0; atomic */
	uint32_t leave;		/* pith_exec_detach() was called; atomic */
	bool unusable;		/* a call left a request behind, or the stream is broken */
};

#define CONN_WAKE_KILL 0x80
#define CONN_WAKE_DETACH 0x81
#define CONN_WAKE_RESIZE 0x82

/* Of a D frame, payload is what has arrived, at least one byte: the caller says with conn_consume() what it took. */
struct conn_frame {
	enum frame_type type;
	uint8_t stream;
	const uint8_t *payload;	/* valid until the next conn_turn() */
	size_t len;
};

enum conn_next {
	CONN_FRAME,
	CONN_NEED_MORE,
	CONN_BROKEN,	/* *ret_problem says which rule */
};

/* Consumes fd, also on failure. NULL without memory or file descriptors (errno). */
struct pith_conn *conn_new(int fd, const char *name);

/* Goes on with the socket of another connection, which is consumed; what was under way on the old one is dropped. */
void conn_replace(struct pith_conn *conn, struct pith_conn *other);

enum conn_next conn_next(struct pith_conn *conn, struct conn_frame *ret, const char **ret_problem);
void conn_consume(struct pith_conn *conn, size_t n);

enum conn_input {
	CONN_PAUSE_INPUT,
	CONN_WANT_INPUT,
};

/*
 * Sends what is queued, waits for the socket and for fds[1] to fds[count - 1], receives once. fds[0] is filled
 * here. Gives PITH_OK (with conn->eof set when the other side is gone), PITH_DEADLINE or PITH_SYSTEM, and writes no
 * sentence.
 */
enum pith_code conn_turn(struct pith_conn *conn, struct pollfd *fds, nfds_t count, enum conn_input input,
			 int64_t deadline);

/* Sends what is queued, as far as the socket takes it now. */
void conn_flush(struct pith_conn *conn);

/* Queues a frame. False when there is no room. */
bool conn_queue(struct pith_conn *conn, enum frame_type type, uint8_t stream, const void *payload, size_t len);

/*
 * Room for a D frame of up to n bytes on stream 0 that the caller fills and then commits with what it has; NULL
 * when there is none.
 */
uint8_t *conn_reserve_data(struct pith_conn *conn, size_t n);
void conn_commit_data(struct pith_conn *conn, size_t n);

/* Queues {"op": op} with the members of fields (consumed; may be NULL). */
enum pith_code conn_queue_request(struct pith_conn *conn, const char *op, struct json *fields, struct pith_error *err);

/* An R or E frame. R: *ret is the object, which the caller frees, and its text is conn->result. */
enum pith_code conn_take_answer(struct pith_conn *conn, const struct conn_frame *frame, struct json **ret,
				struct pith_error *err);

/* Sentences for what ends a connection; both mark it unusable. */
enum pith_code conn_tell_lost(struct pith_conn *conn, const char *op, struct pith_error *err);
enum pith_code conn_tell_bad_reply(struct pith_conn *conn, const char *problem, struct pith_error *err);

/* PITH_OK, or PITH_LOST where the connection is unusable. */
enum pith_code conn_check_usable(const struct pith_conn *conn, struct pith_error *err);
