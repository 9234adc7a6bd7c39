/* SPDX-License-Identifier: Apache-2.0 */
/* The streams of an exec: from pipe to ring, from ring to pipe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec;
struct exec_output;
struct ring;
struct timer;

/* Reads the output that is there, up to the bound of a turn, and watches for more. */
void exec_output_read(struct exec_output *o);

/* The callback of the timer memory_again: reads the output for which there was no memory. */
void exec_memory_again(struct timer *timer);

/* Makes room for n bytes more, with new memory if needed. False: no room. */
bool exec_ring_has_room(struct exec_output *o, size_t n);

/* Closes the stream: it has ended, or no more of it is wanted. */
void exec_output_close(struct exec_output *o);

/* A reader was sent the bytes up to offset: the ring may have room again. */
void exec_output_sent(struct exec_output *o, uint64_t offset);

/* Writes the bytes of the ring, closes the pipe after the end of input, watches for room in the pipe. */
void exec_input_write(struct exec *e);

/* The host has ended stdin: closes it when the ring is empty; a terminal is typed its end-of-file character. */
void exec_input_end(struct exec *e);

void exec_input_close(struct exec *e);

/*
 * Gives the ring size bytes of memory, a power of two, within the budget of all rings; rings of ended execs make room.
 * False: there is no memory. A ring without memory gets LIMIT_RING_LAST_BYTES when the budget is used up.
 */
bool exec_ring_resize(struct exec *e, struct ring *ring, size_t size);

/* Gives back memory that the ring does not need for the bytes that it holds. */
void exec_ring_fit(struct exec *e, struct ring *ring);
void exec_ring_free(struct exec *e, struct ring *ring);
