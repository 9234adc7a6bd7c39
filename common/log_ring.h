/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last log lines of PID 1 and of the agent, in memory that both map and neither can shorten. The lines survive a crash of
 * the agent.
 *
 * A line is "MICROSECONDS LEVEL TEXT\n". Both write at the same time, without a lock: places are given out by an atomic addition, so
 * a reader may see a line that is not whole yet, and takes nothing in it for granted. Whatever the other side writes, a writer
 * stays within the ring.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 16 KiB: about 200 lines. */
#define LOG_RING_BYTES (16u << 10)

struct log_ring {
	uint64_t end;	/* bytes that were ever written */
	char bytes[LOG_RING_BYTES];
};

/* A sealed memfd for a ring, empty; or -errno. */
int log_ring_new(void);

/* Maps it; NULL where it cannot be, or is not as large as a ring. */
struct log_ring *log_ring_map(int fd);

/* text without a newline; NULL is no ring, and nothing happens. */
void log_ring_write(struct log_ring *ring, int64_t at_us, unsigned int level, const char *text, size_t len);

struct log_ring_line {
	uint64_t at_us;
	unsigned int level;
	const char *text;
};

/* Takes the next line off *cursor, into what log_ring_read() copied; what is no whole line is passed over. False at the end. */
bool log_ring_next(char **cursor, struct log_ring_line *ret);

/* Copies what is there, from the first whole line on, and ends it with a NUL. Returns its length. size is above LOG_RING_BYTES. */
size_t log_ring_read(const struct log_ring *ring, char *buf, size_t size);
