/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the arithmetic of rings. Never: allocates, knows the meaning of a byte. */
#include "agent/exec/ring.h"

#include <string.h>

/* Returns the n bytes at offset as one or two iovecs. */
static int pieces(const struct ring *r, uint64_t offset, size_t n, struct iovec iov[2])
{
	size_t at = (size_t)(offset & (r->size - 1));
	size_t first = r->size - at < n ? r->size - at : n;

	if (n == 0)
		return 0;
	iov[0] = (struct iovec){ r->data + at, first };
	iov[1] = (struct iovec){ r->data, n - first };
	return n > first ? 2 : 1;
}

int ring_free_iov(const struct ring *r, size_t max, struct iovec iov[2])
{
	size_t space = ring_space(r);

	return pieces(r, r->head, space < max ? space : max, iov);
}

void ring_commit(struct ring *r, size_t n)
{
	r->head += n;
}

int ring_data_iov(const struct ring *r, uint64_t offset, size_t max, struct iovec iov[2])
{
	size_t n = (size_t)(r->head - offset);

	return pieces(r, offset, n < max ? n : max, iov);
}

void ring_drop_to(struct ring *r, uint64_t offset)
{
	if (offset > r->tail)
		r->tail = offset;
}

void ring_move(struct ring *r, uint8_t *data, size_t size)
{
	struct ring to = { .data = data, .size = size, .head = r->tail, .tail = r->tail };
	struct iovec from_iov[2], to_iov[2];
	int count = ring_data_iov(r, r->tail, ring_used(r), from_iov);

	for (int i = 0; i < count; i++) {
		const uint8_t *from = from_iov[i].iov_base;
		size_t left = from_iov[i].iov_len;
		int n = ring_free_iov(&to, left, to_iov);

		for (int j = 0; j < n; j++) {
			memcpy(to_iov[j].iov_base, from, to_iov[j].iov_len);
			from += to_iov[j].iov_len;
		}
		ring_commit(&to, left);
	}
	*r = to;
}
