/* SPDX-License-Identifier: Apache-2.0 */
/* A request whose answer is events for as long as they may come, until the host says stop or the guest is done. */
#pragma once

#include "host/lib/conn.h"

struct event_stream {
	struct pith_conn *conn;
	const char *op;
	const char *nonsense;	/* what an event that take() refuses is called: "a change that cannot be in the directory" */
	/* One event. False: it is nonsense, and the connection is over. */
	bool (*take)(struct event_stream *stream, const struct json *event);
	int64_t deadline;	/* until which something must come; take() may change it */
	bool stopped;		/* what comes now is on its way only */
};

/* Tells the guest that it was enough, once. */
void event_stream_stop(struct event_stream *stream);

/* The request was queued. Returns when its answer came. */
enum pith_code event_stream_run(struct event_stream *stream, struct pith_error *err);
