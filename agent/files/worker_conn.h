/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames over a socket by blocking calls, for a worker. The wait for the rest of a frame has a bound (LIMIT_FRAME_US);
 * the wait for the next frame has none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/frame.h"

#define WORKER_CONN_IN_SIZE 512

struct worker_conn {
	int fd;				/* O_NONBLOCK: poll(2) does the waiting, as it takes a bound */
	uint8_t in[WORKER_CONN_IN_SIZE];
	size_t in_at, in_len;
	uint32_t left;			/* unread bytes of the current payload */
	struct buf out;			/* queued frames */
	const char *problem;		/* after -EPROTO: the rule that the host broke */
};

/*
 * Sends queued frames, drops the unread rest of the current payload, and waits for the next header. 0 or -errno; -EPIPE
 * at the end of the stream, -EPROTO when the host broke a rule.
 */
int worker_conn_next(struct worker_conn *w, struct frame_header *ret);

/* Reads exactly len bytes of the current payload, within LIMIT_FRAME_US in all. 0 or -errno. */
int worker_conn_body(struct worker_conn *w, void *to, size_t len);

/* Reads at most max bytes of the current payload: their number, 0 at its end, or -errno. */
ssize_t worker_conn_some(struct worker_conn *w, void *to, size_t max);

/* Queues a frame for worker_conn_flush() or worker_conn_next(), which also report that the queue has no memory. */
void worker_conn_queue(struct worker_conn *w, enum frame_type type, enum frame_stream stream, const void *payload, size_t len);

/* Sends queued frames. 0 or -errno. */
int worker_conn_flush(struct worker_conn *w);

/* Sends queued frames and a D frame, whose payload is not copied. 0 or -errno. */
int worker_conn_send_data(struct worker_conn *w, enum frame_stream stream, const void *payload, size_t len);

/* Sends queued frames and a D frame with len bytes that the pipe holds. 0 or -errno. */
int worker_conn_splice_data(struct worker_conn *w, enum frame_stream stream, int pipe_fd, size_t len);

/* Sends queued frames, then discards received bytes until the end of the stream or for us microseconds. */
void worker_conn_drain(struct worker_conn *w, int64_t us);

/* True: the host has closed the connection. Does not wait. */
bool worker_conn_is_gone(const struct worker_conn *w);
