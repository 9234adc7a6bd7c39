/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last bytes of a stream under their absolute offsets. Pure: the memory is the caller's.
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
	uint64_t head;	/* bytes ever written */
	uint64_t tail;	/* the oldest that is still there */
	uint64_t place;	/* the caller's own */
};

static inline size_t ring_used(const struct ring *r)
{
	return (size_t)(r->head - r->tail);
}

static inline size_t ring_space(const struct ring *r)
{
	return r->size - ring_used(r);
}

/* Where up to max new bytes go. Returns the number of iovecs, 0 to 2. Follow with ring_commit(). */
int ring_free_iov(const struct ring *r, size_t max, struct iovec iov[2]);
void ring_commit(struct ring *r, size_t n);

/* Up to max bytes from offset on, which must lie within [tail, head]. Returns the number of iovecs, 0 to 2. */
int ring_data_iov(const struct ring *r, uint64_t offset, size_t max, struct iovec iov[2]);

/* Forgets what lies before offset, at most head. */
void ring_drop_to(struct ring *r, uint64_t offset);

/* Moves the bytes into other memory of size (a power of two, not below ring_used()), which takes the place of the old. */
void ring_move(struct ring *r, uint8_t *data, size_t size);
