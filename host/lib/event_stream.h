/* SPDX-License-Identifier: Apache-2.0 */
/* A request with any number of events before its reply, until the host sends stop or the guest has no more. */
#pragma once

#include "host/lib/conn.h"

struct event_stream {
	struct pith_conn *conn;
	const char *op;
	const char *nonsense;	/* error text for an event that take() refuses: "a change that cannot be in the directory" */
	/* Takes one event. False: the event breaks the protocol, and the connection ends. */
	bool (*take)(struct event_stream *stream, const struct json *event);
	int64_t deadline;	/* for the next event or the reply; take() may change it */
	bool stopped;		/* stop was sent; later events are ignored */
};

/* Sends stop, once. */
void event_stream_stop(struct event_stream *stream);

/* Runs the stream of a queued request. Returns when the reply has come. */
enum pith_code event_stream_run(struct event_stream *stream, struct pith_error *err);
