/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring: the last bytes of a stream under their absolute offsets. Pure: the memory is the caller's.
 *
 *   tail <= any readable offset <= head,  head - tail <= size
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ring {
	uint8_t *data;
	size_t size;	/* a power of two, or 0 */
	uint64_t head;	/* bytes that were ever written */
	uint64_t tail;	/* offset of the oldest byte in the ring */
	uint64_t place;	/* free for the caller's use */
};

static inline size_t ring_used(const struct ring *r)
{
	return (size_t)(r->head - r->tail);
}

static inline size_t ring_space(const struct ring *r)
{
	return r->size - ring_used(r);
}

/* Returns up to max bytes of free memory as 0 to 2 iovecs. ring_commit() follows. */
int ring_free_iov(const struct ring *r, size_t max, struct iovec iov[2]);
void ring_commit(struct ring *r, size_t n);

/* Returns up to max bytes from offset on, which must lie within [tail, head], as 0 to 2 iovecs. */
int ring_data_iov(const struct ring *r, uint64_t offset, size_t max, struct iovec iov[2]);

/* Drops the bytes before offset, which must be at most head. */
void ring_drop_to(struct ring *r, uint64_t offset);

/* Moves the bytes to data, of size bytes (a power of two, at least ring_used()). The old memory is no longer used. */
void ring_move(struct ring *r, uint8_t *data, size_t size);
