/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to a sink of the caller without ever blocking on it, whatever kind of fd it is and without changing its
 * flags.
 */
#pragma once

#include "host/include/pith.h"

enum output_way {
	OUTPUT_NOWHERE,
	OUTPUT_CALLBACK,
	OUTPUT_AT_ONCE,		/* a file, which is always ready; or an O_NONBLOCK fd */
	OUTPUT_SOCKET,
	OUTPUT_SMALL,		/* a blocking pipe or tty: PIPE_BUF at a time, after asking */
};

struct output {
	const struct pith_sink *sink;
	enum output_way way;
};

void output_init(struct output *output, const struct pith_sink *sink);

/* The bytes taken (1 to len), -EAGAIN where the sink's fd has to be waited for, or -errno. */
ssize_t output_write(const struct output *output, const void *data, size_t len);
