/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of a request on a file or directory tree: the event `started`, the bytes, the reply. */
#pragma once

#include "host/include/pith.h"
#include "host/lib/json.h"

struct file_stream {
	struct pith_conn *conn;
	const char *op;		/* the request's name in error messages */
	int64_t timeout_ms;	/* how long the agent may be silent */
	/* Called for the event `started`. Any other value than PITH_OK ends the stream. */
	enum pith_code (*started)(void *user, const struct json *event, struct pith_error *err);
	void *user;
};

/*
 * Moves bytes from the agent to a sink. On PITH_OK the caller frees *ret_answer; *ret_received is the number of bytes, and
 * *ret_ended is true if the stream came to its end.
 */
enum pith_code file_stream_down(const struct file_stream *stream, const struct pith_sink *sink, struct json **ret_answer,
				uint64_t *ret_received, bool *ret_ended, struct pith_error *err);

/* Moves bytes from a source to the agent; the source is not read before started() has returned. */
enum pith_code file_stream_up(const struct file_stream *stream, const struct pith_source *source, struct json **ret_answer,
			      struct pith_error *err);

/* For started(): the sink or source returned -errno. */
enum pith_code file_stream_output_failed(struct pith_conn *conn, int r, struct pith_error *err);
enum pith_code file_stream_input_failed(struct pith_conn *conn, int r, struct pith_error *err);
