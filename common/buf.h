/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte buffer that grows up to a hard maximum. Failure is sticky: writers append without checking and look at `failed`
 * once, at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data;
	size_t len;
	size_t size;
	size_t max;	/* bytes; nothing is ever allocated above it */
	bool failed;	/* something was not appended: the maximum was reached or memory ran out */
};

#define BUF_INIT(max_) ((struct buf){ .max = (max_) })

/* Frees the memory; the buffer can be used again. */
void buf_deinit(struct buf *b);

/* Makes room for n more bytes and returns where they go, or NULL (failed is set). Follow with buf_commit(). */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

void buf_append(struct buf *b, const void *data, size_t n);

/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

#define _cleanup_buf_ __attribute__((cleanup(buf_deinit)))
