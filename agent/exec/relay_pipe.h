/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfers bytes between pipes and rings, so that none is lost or doubled when the agent dies inside a system call,
 * whose result is lost then. The bytes go through the relay pipe, a pipe that only the agent uses: the number of bytes
 * in the relay pipe after a death says how far the transfer came.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct agent;
struct exec;
struct exec_output;

struct relay_pipe {
	int in, out;	/* in: the end that is written to; out: the end that is read from */
};

/* Takes the relay pipe from the fd store, or makes one. 0 or -errno. */
int relay_pipe_open(struct agent *agent);

/*
 * Moves up to *max bytes from the program to the relay pipe; relay_pipe_take() or relay_pipe_lose() must follow.
 * Returns the number of bytes, 0 at the end of the stream, or -errno. *max becomes the number that was asked for.
 */
ssize_t relay_pipe_fill(struct exec_output *o, size_t *max);

/* Moves n bytes to the ring, which must have room. Returns the number that arrived: less than n only for lack of memory. */
size_t relay_pipe_take(struct exec_output *o, size_t n);
/* Drops n bytes and counts them as lost, because the ring has no memory. */
void relay_pipe_lose(struct exec_output *o, size_t n);

/* Moves bytes from the ring of stdin to the program. Returns the number of bytes, or -errno. */
ssize_t relay_pipe_send(struct exec *e);

/* Called when the transfer of the agent before is recovered: disarms the note and empties the relay pipe. */
void relay_pipe_settle(struct agent *agent);
