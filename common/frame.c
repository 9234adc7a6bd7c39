/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the eight bytes in front of every payload: both bounds, the types and the streams.
 *
 * Never: reads past the n bytes given, adds to a length from a peer, casts bytes to a struct.
 */
#include "common/frame.h"

static bool type_is_known(uint8_t type)
{
	switch ((enum frame_type)type) {
	case FRAME_HELLO:
	case FRAME_REQUEST:
	case FRAME_RESULT:
	case FRAME_ERROR:
	case FRAME_EVENT:
	case FRAME_DATA:
	case FRAME_END:
	case FRAME_WINDOW:
		return true;
	}
	return false;
}

static bool length_is_allowed(enum frame_type type, uint32_t length)
{
	if (frame_type_is_json(type))
		return length <= FRAME_JSON_MAX;
	if (type == FRAME_DATA)
		return length <= FRAME_MAX;
	return length == (type == FRAME_WINDOW ? 4u : 0u);
}

static bool stream_is_allowed(enum frame_type type, uint8_t stream)
{
	if (frame_type_is_json(type))
		return stream == 0;
	return stream <= FRAME_STDERR;
}

uint32_t frame_get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void frame_put_u32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

bool frame_type_is_json(enum frame_type type)
{
	switch (type) {
	case FRAME_HELLO:
	case FRAME_REQUEST:
	case FRAME_RESULT:
	case FRAME_ERROR:
	case FRAME_EVENT:
		return true;
	case FRAME_DATA:
	case FRAME_END:
	case FRAME_WINDOW:
		return false;
	}
	return false;
}

enum frame_result frame_decode_header(const uint8_t *p, size_t n, struct frame_header *ret)
{
	enum frame_type type;
	uint32_t length;

	if (n >= 5 && !type_is_known(p[4]))
		return FRAME_BAD_TYPE;
	/* A peer of another protocol is refused after five bytes, before the rest of the header comes. */
	if (n >= 5 && !length_is_allowed((enum frame_type)p[4], frame_get_u32(p)))
		return FRAME_BAD_LENGTH;
	if (n >= 6 && !stream_is_allowed((enum frame_type)p[4], p[5]))
		return FRAME_BAD_STREAM;
	if ((n >= 7 && p[6] != 0) || (n >= 8 && p[7] != 0))
		return FRAME_BAD_RESERVED;
	if (n < FRAME_HEADER_SIZE)
		return FRAME_MORE;

	type = (enum frame_type)p[4];
	length = frame_get_u32(p);
	ret->length = length;
	ret->type = type;
	ret->stream = p[5];
	return FRAME_OK;
}

void frame_encode_header(const struct frame_header *header, uint8_t *p)
{
	frame_put_u32(p, header->length);
	p[4] = (uint8_t)header->type;
	p[5] = header->stream;
	p[6] = 0;
	p[7] = 0;
}

const char *frame_result_text(enum frame_result result)
{
	switch (result) {
	case FRAME_OK:
		return "the frame header is good";
	case FRAME_MORE:
		return "the frame header is not complete";
	case FRAME_BAD_TYPE:
		return "unknown frame type";
	case FRAME_BAD_STREAM:
		return "no such stream for this frame type";
	case FRAME_BAD_RESERVED:
		return "the last two bytes of a frame header must be zero";
	case FRAME_BAD_LENGTH:
		return "frame length out of bounds for its type";
	}
	return "unknown";
}
