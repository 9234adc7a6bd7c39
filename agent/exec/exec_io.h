/* SPDX-License-Identifier: Apache-2.0 */
/* The streams of an exec: pipe to ring, ring to pipe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec;
struct exec_output;
struct ring;
struct timer;

/* Reads what is there, up to the bound of a turn, and watches for more. */
void exec_output_read(struct exec_output *o);

/* Of the timer memory_again: looks at the output for which there was no memory. */
void exec_memory_again(struct timer *timer);

/* For n bytes more, if need be in new memory. */
bool exec_ring_has_room(struct exec_output *o, size_t n);

/* Its end, or that nobody wants more of it. */
void exec_output_close(struct exec_output *o);

/* A reader was given the bytes up to offset: there may be room again. */
void exec_output_sent(struct exec_output *o, uint64_t offset);

/* Writes what the ring holds, closes the pipe after the end, watches for room. */
void exec_input_write(struct exec *e);

/* No more will come: stdin is closed when the ring is empty; a terminal is typed its end-of-file character. */
void exec_input_end(struct exec *e);

void exec_input_close(struct exec *e);

/*
 * Gives a ring (more) memory, a power of two, within the budget of all rings; what ended execs keep makes way. False: there
 * is none. A ring that had none gets LIMIT_RING_LAST_BYTES when the budget is used up.
 */
bool exec_ring_resize(struct exec *e, struct ring *ring, size_t size);

/* Gives back what the ring does not need for the bytes it holds. */
void exec_ring_fit(struct exec *e, struct ring *ring);
void exec_ring_free(struct exec *e, struct ring *ring);
