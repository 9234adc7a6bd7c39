/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames over a socket by plain blocking calls, for a worker. Every wait for the rest of something that has begun is bounded;
 * the wait for a next frame is not.
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
	int fd;				/* O_NONBLOCK: waiting is done by poll(2), which has a bound */
	uint8_t in[WORKER_CONN_IN_SIZE];
	size_t in_at, in_len;
	uint32_t left;			/* bytes of the payload at hand that were not read yet */
	struct buf out;			/* queued frames */
	const char *problem;		/* which rule the host broke, when a call said -EPROTO */
};

/*
 * Sends what is queued, drops what is left of the frame before, and waits for the next header. 0 or -errno; -EPIPE at the end
 * of the stream, -EPROTO when the host broke a rule.
 */
int worker_conn_next(struct worker_conn *w, struct frame_header *ret);

/* Exactly len bytes of the payload at hand, within LIMIT_FRAME_US in all. 0 or -errno. */
int worker_conn_body(struct worker_conn *w, void *to, size_t len);

/* Some of the payload at hand, at most max. The number (0: that was all of it) or -errno. */
ssize_t worker_conn_some(struct worker_conn *w, void *to, size_t max);

/* Queues a frame, to be sent with what follows, at worker_conn_flush() or in worker_conn_next(). Failure shows there. */
void worker_conn_queue(struct worker_conn *w, enum frame_type type, enum frame_stream stream, const void *payload, size_t len);

/* Sends what is queued. 0 or -errno. */
int worker_conn_flush(struct worker_conn *w);

/* Sends what is queued and a D frame; its payload is not copied. 0 or -errno. */
int worker_conn_send_data(struct worker_conn *w, enum frame_stream stream, const void *payload, size_t len);

/* Sends what is queued and a D frame with len bytes out of a pipe that holds them. 0 or -errno. */
int worker_conn_splice_data(struct worker_conn *w, enum frame_stream stream, int pipe_fd, size_t len);

/* Sends what is queued, then throws away what comes, until the end or for that long. */
void worker_conn_drain(struct worker_conn *w, int64_t us);

/* Has the host broken off? Looks only, does not wait. */
bool worker_conn_is_gone(const struct worker_conn *w);
