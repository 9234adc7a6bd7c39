/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of files and trees, for the requests that have one: the event that begins it, its bytes, its answer. */
#pragma once

#include "host/include/pith.h"
#include "host/lib/json.h"

struct file_stream {
	struct pith_conn *conn;
	const char *op;		/* for sentences */
	int64_t timeout_ms;	/* how long the agent may be silent */
	/* The event `started`. Not PITH_OK ends it. */
	enum pith_code (*started)(void *user, const struct json *event, struct pith_error *err);
	void *user;
};

/*
 * From the agent to a sink. On PITH_OK *ret_answer is the caller's to free; *ret_received is the bytes, and *ret_ended tells
 * whether the stream was there and came to its end.
 */
enum pith_code file_stream_down(const struct file_stream *stream, const struct pith_sink *sink, struct json **ret_answer,
				uint64_t *ret_received, bool *ret_ended, struct pith_error *err);

/* From a source to the agent; the source is not read before started() has returned. */
enum pith_code file_stream_up(const struct file_stream *stream, const struct pith_source *source, struct json **ret_answer,
			      struct pith_error *err);

/* For started(): the sink or source said -errno. */
enum pith_code file_stream_output_failed(struct pith_conn *conn, int r, struct pith_error *err);
enum pith_code file_stream_input_failed(struct pith_conn *conn, int r, struct pith_error *err);
