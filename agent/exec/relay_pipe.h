/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes between pipes and rings, so that none is lost or doubled when the agent dies in the middle of a system call, whose result
 * then nobody sees. They go through a pipe of ours, which nobody else touches: what is in it after a death says how far the call came.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct agent;
struct exec;
struct exec_output;

struct relay_pipe {
	int in, out;	/* the ends of the pipe */
};

/* 0 or -errno. */
int relay_pipe_open(struct agent *agent);

/*
 * Takes up to *max bytes from the program, which relay_pipe_take() or relay_pipe_lose() must follow. The number, 0 at the end, or -errno.
 * *max becomes what was asked for.
 */
ssize_t relay_pipe_fill(struct exec_output *o, size_t *max);

/* To the ring, which has room for them. Returns what arrived: less only where memory is missing. */
size_t relay_pipe_take(struct exec_output *o, size_t n);
/* There is no ring, and no memory for one: they count as lost. */
void relay_pipe_lose(struct exec_output *o, size_t n);

/* From the ring of stdin to the program: the number of bytes, or -errno. */
ssize_t relay_pipe_send(struct exec *e);

/* What an earlier agent had begun with it is done: nothing is noted any more, and nothing is in it. */
void relay_pipe_settle(struct agent *agent);
