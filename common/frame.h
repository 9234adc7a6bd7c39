/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame codec of pith/1 (docs/reference/protocol.md, section 2).
 *
 * Pure: no fd, no allocation, no global state. Both ends use it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_SIZE 8u
#define FRAME_MAX (1u << 20)		/* payload bytes of any frame */
#define FRAME_JSON_MAX (256u << 10)	/* payload bytes of H, Q, R, E and V */

/* The numbers are the bytes on the wire. */
enum frame_type {
	FRAME_HELLO = 'H',
	FRAME_REQUEST = 'Q',
	FRAME_RESULT = 'R',
	FRAME_ERROR = 'E',
	FRAME_EVENT = 'V',
	FRAME_DATA = 'D',
	FRAME_END = 'Z',
	FRAME_WINDOW = 'W',
};

enum frame_stream {
	FRAME_STDIN = 0,
	FRAME_STDOUT = 1,
	FRAME_STDERR = 2,
};

struct frame_header {
	uint32_t length;
	enum frame_type type;
	uint8_t stream;
};

enum frame_result {
	FRAME_OK,
	FRAME_MORE,		/* fewer than FRAME_HEADER_SIZE bytes, all valid so far */
	FRAME_BAD_TYPE,
	FRAME_BAD_STREAM,
	FRAME_BAD_RESERVED,
	FRAME_BAD_LENGTH,
};

/*
 * Decodes the header at p. *ret is written only on FRAME_OK. The result is a FRAME_BAD_* as soon as no further byte can
 * make the header valid.
 */
enum frame_result frame_decode_header(const uint8_t *p, size_t n, struct frame_header *ret);

/* Writes FRAME_HEADER_SIZE bytes. The header must be one that frame_decode_header() accepts. */
void frame_encode_header(const struct frame_header *header, uint8_t *p);

/* A sentence for a peer that broke a rule; static storage. */
const char *frame_result_text(enum frame_result result);

bool frame_type_is_json(enum frame_type type);

uint32_t frame_get_u32(const uint8_t *p);
void frame_put_u32(uint8_t *p, uint32_t value);
