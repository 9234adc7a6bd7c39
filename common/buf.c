/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the growth of byte buffers. Never: allocates above the buffer's maximum, writes outside [0, size). */
#include "common/buf.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256u

void buf_deinit(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT(b->max);
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	size_t size = b->size ? b->size : FIRST_SIZE;
	uint8_t *data;

	if (b->failed || n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (n <= b->size - b->len)
		return b->data + b->len;

	while (size - b->len < n)
		size *= 2;
	if (size > b->max)
		size = b->max;
	data = realloc(b->data, size);
	if (!data) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->size = size;
	return b->data + b->len;
}

void buf_commit(struct buf *b, size_t n)
{
	b->len += n;
}

void buf_append(struct buf *b, const void *data, size_t n)
{
	uint8_t *to = n ? buf_reserve(b, n) : NULL;

	if (!to)
		return;
	memcpy(to, data, n);
	buf_commit(b, n);
}

void buf_consume(struct buf *b, size_t n)
{
	b->len -= n;
	if (b->len)
		memmove(b->data, b->data + n, b->len);
}
