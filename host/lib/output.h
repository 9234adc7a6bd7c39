/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to a sink of the caller without blocking, for every kind of fd and without a change of its flags.
 */
#pragma once

#include "host/include/pith.h"

enum output_way {
	OUTPUT_NOWHERE,
	OUTPUT_CALLBACK,
	OUTPUT_AT_ONCE,		/* all bytes at once: a file, which is always ready, or an O_NONBLOCK fd */
	OUTPUT_SOCKET,
	OUTPUT_SMALL,		/* a blocking pipe or tty: at most PIPE_BUF bytes after each poll(2) */
};

struct output {
	const struct pith_sink *sink;
	enum output_way way;
};

void output_init(struct output *output, const struct pith_sink *sink);

/* Returns the number of bytes taken (1 to len), -EAGAIN if the caller must wait for the sink's fd, or -errno. */
ssize_t output_write(const struct output *output, const void *data, size_t len);
