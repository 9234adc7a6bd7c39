/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/frame.c */
/* Claims about the frame header codec: docs/reference/protocol.md, section 2. */
#include "common/frame.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

#define WHOLE { 0, 0, 0, 0, 'Z', 0, 0, 0 }

struct golden {
	const char *what;
	struct frame_header header;
	uint8_t bytes[FRAME_HEADER_SIZE];
};

/* One of each type, and both ends of every bound. Written by hand from the protocol's page, not by the encoder. */
static const struct golden golden[] = {
	{ "hello", { 2, FRAME_HELLO, 0 }, { 2, 0, 0, 0, 'H', 0, 0, 0 } },
	{ "request", { 0x1234, FRAME_REQUEST, 0 }, { 0x34, 0x12, 0, 0, 'Q', 0, 0, 0 } },
	{ "the longest request", { 262144, FRAME_REQUEST, 0 }, { 0, 0, 4, 0, 'Q', 0, 0, 0 } },
	{ "an empty request", { 0, FRAME_REQUEST, 0 }, { 0, 0, 0, 0, 'Q', 0, 0, 0 } },
	{ "result", { 255, FRAME_RESULT, 0 }, { 255, 0, 0, 0, 'R', 0, 0, 0 } },
	{ "error", { 256, FRAME_ERROR, 0 }, { 0, 1, 0, 0, 'E', 0, 0, 0 } },
	{ "event", { 65536, FRAME_EVENT, 0 }, { 0, 0, 1, 0, 'V', 0, 0, 0 } },
	{ "empty data", { 0, FRAME_DATA, FRAME_STDIN }, { 0, 0, 0, 0, 'D', 0, 0, 0 } },
	{ "data of stdout", { 1, FRAME_DATA, FRAME_STDOUT }, { 1, 0, 0, 0, 'D', 1, 0, 0 } },
	{ "the longest data", { 1048576, FRAME_DATA, FRAME_STDERR }, { 0, 0, 16, 0, 'D', 2, 0, 0 } },
	{ "end", { 0, FRAME_END, FRAME_STDERR }, { 0, 0, 0, 0, 'Z', 2, 0, 0 } },
	{ "window", { 4, FRAME_WINDOW, 0 }, { 4, 0, 0, 0, 'W', 0, 0, 0 } },
};

struct bad {
	const char *what;
	uint8_t bytes[FRAME_HEADER_SIZE];
	enum frame_result result;
	size_t known_at;	/* bytes after which no further one can mend it */
};

static const struct bad bad[] = {
	{ "no type at all", { 0, 0, 0, 0, 0, 0, 0, 0 }, FRAME_BAD_TYPE, 5 },
	{ "a lower-case type", { 0, 0, 0, 0, 'd', 0, 0, 0 }, FRAME_BAD_TYPE, 5 },
	{ "a request in HTTP", { 'G', 'E', 'T', ' ', '/', ' ', 'H', 'T' }, FRAME_BAD_TYPE, 5 },
	{ "JSON one past the limit", { 1, 0, 4, 0, 'Q', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "data one past the limit", { 1, 0, 16, 0, 'D', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "data of 4 GiB less 1", { 255, 255, 255, 255, 'D', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "data of 2 GiB", { 0, 0, 0, 128, 'D', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "an end that carries bytes", { 1, 0, 0, 0, 'Z', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "a window of 3 bytes", { 3, 0, 0, 0, 'W', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "a window of 5 bytes", { 5, 0, 0, 0, 'W', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "a window of nothing", { 0, 0, 0, 0, 'W', 0, 0, 0 }, FRAME_BAD_LENGTH, 5 },
	{ "stream 3", { 0, 0, 0, 0, 'D', 3, 0, 0 }, FRAME_BAD_STREAM, 6 },
	{ "stream 255", { 0, 0, 0, 0, 'Z', 255, 0, 0 }, FRAME_BAD_STREAM, 6 },
	{ "a request on stream 1", { 2, 0, 0, 0, 'Q', 1, 0, 0 }, FRAME_BAD_STREAM, 6 },
	{ "a hello on stream 2", { 2, 0, 0, 0, 'H', 2, 0, 0 }, FRAME_BAD_STREAM, 6 },
	{ "the first reserved byte set", { 0, 0, 0, 0, 'D', 0, 1, 0 }, FRAME_BAD_RESERVED, 7 },
	{ "the last reserved byte set", { 0, 0, 0, 0, 'D', 0, 0, 128 }, FRAME_BAD_RESERVED, 8 },
};

static const struct frame_header untouched = { .length = 0xa5a5a5a5u, .type = FRAME_END, .stream = 0x5a };

static void check_untouched(const struct frame_header *header)
{
	CHECK_INT(header->length, ==, untouched.length);
	CHECK_INT(header->type, ==, untouched.type);
	CHECK_INT(header->stream, ==, untouched.stream);
}

/* Decodes from memory that ends with the n-th byte: the sanitizer build sees a read past it. */
static enum frame_result decode_exactly(const uint8_t *bytes, size_t n, struct frame_header *ret)
{
	_cleanup_free_ uint8_t *copy = malloc(n ? n : 1);

	REQUIRE(copy != NULL);
	memcpy(copy, bytes, n);
	return frame_decode_header(copy, n, ret);
}

/* The rules of the page, written a second time and in another way. */
static bool is_allowed(const uint8_t *p)
{
	uint64_t length = p[0] + 256ull * p[1] + 65536ull * p[2] + 16777216ull * p[3];

	if (p[6] || p[7])
		return false;
	if (strchr("HQREV", p[4]) && p[4])
		return p[5] == 0 && length <= 262144;
	if (p[5] > 2)
		return false;
	return (p[4] == 'D' && length <= 1048576) || (p[4] == 'Z' && length == 0) || (p[4] == 'W' && length == 4);
}

TEST(each_golden_header_is_decoded)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden); i++) {
		struct frame_header header = untouched;

		if (!CHECK_INT(decode_exactly(golden[i].bytes, FRAME_HEADER_SIZE, &header), ==, FRAME_OK))
			tap_diag("%s", golden[i].what);
		CHECK_INT(header.length, ==, golden[i].header.length);
		CHECK_INT(header.type, ==, golden[i].header.type);
		CHECK_INT(header.stream, ==, golden[i].header.stream);
	}
}

TEST(each_golden_header_is_encoded_to_its_bytes_and_nothing_after_them)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden); i++) {
		uint8_t bytes[FRAME_HEADER_SIZE + 1];

		memset(bytes, 0xee, sizeof(bytes));
		frame_encode_header(&golden[i].header, bytes);
		if (!CHECK_MEM(bytes, golden[i].bytes, FRAME_HEADER_SIZE))
			tap_diag("%s", golden[i].what);
		CHECK_INT(bytes[FRAME_HEADER_SIZE], ==, 0xee);
	}
}

TEST(each_truncation_of_a_golden_header_asks_for_more)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden); i++) {
		for (size_t n = 0; n < FRAME_HEADER_SIZE; n++) {
			struct frame_header header = untouched;

			if (!CHECK_INT(decode_exactly(golden[i].bytes, n, &header), ==, FRAME_MORE))
				tap_diag("%s, %zu bytes", golden[i].what, n);
			check_untouched(&header);
		}
	}
}

TEST(each_bad_header_is_refused_with_its_reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct frame_header header = untouched;

		if (!CHECK_INT(decode_exactly(bad[i].bytes, FRAME_HEADER_SIZE, &header), ==, bad[i].result))
			tap_diag("%s", bad[i].what);
		check_untouched(&header);
	}
}

TEST(a_bad_header_is_refused_at_its_first_wrong_byte_and_not_waited_for)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (size_t n = 0; n <= FRAME_HEADER_SIZE; n++) {
			struct frame_header header = untouched;
			enum frame_result expected = n < bad[i].known_at ? FRAME_MORE : bad[i].result;

			if (!CHECK_INT(decode_exactly(bad[i].bytes, n, &header), ==, expected))
				tap_diag("%s, %zu bytes", bad[i].what, n);
			check_untouched(&header);
		}
	}
}

TEST(each_flip_of_one_bit_is_accepted_only_where_the_rules_allow_it)
{
	size_t accepted = 0;

	for (size_t i = 0; i < ARRAY_SIZE(golden); i++) {
		for (unsigned int bit = 0; bit < FRAME_HEADER_SIZE * 8; bit++) {
			struct frame_header header = untouched;
			uint8_t bytes[FRAME_HEADER_SIZE];
			uint8_t again[FRAME_HEADER_SIZE];
			enum frame_result result;

			memcpy(bytes, golden[i].bytes, sizeof(bytes));
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			result = frame_decode_header(bytes, sizeof(bytes), &header);
			if (!CHECK_INT(result == FRAME_OK, ==, is_allowed(bytes)))
				tap_diag("%s, bit %u", golden[i].what, bit);
			if (result != FRAME_OK) {
				CHECK(result != FRAME_MORE);
				check_untouched(&header);
				continue;
			}
			frame_encode_header(&header, again);
			CHECK_MEM(again, bytes, sizeof(again));
			accepted++;
		}
	}
	/* The flips of a length within its bound, at least; else the loop above proved nothing. */
	CHECK_INT(accepted, >, ARRAY_SIZE(golden));
}

TEST(each_type_byte_and_stream_byte_is_judged_as_the_rules_say)
{
	for (unsigned int type = 0; type < 256; type++) {
		for (unsigned int stream = 0; stream < 256; stream++) {
			uint8_t bytes[] = { type == 'W' ? 4 : 0, 0, 0, 0, (uint8_t)type, (uint8_t)stream, 0, 0 };
			struct frame_header header = untouched;
			enum frame_result result = frame_decode_header(bytes, sizeof(bytes), &header);

			if (!CHECK_INT(result == FRAME_OK, ==, is_allowed(bytes)))
				tap_diag("type %u, stream %u", type, stream);
		}
	}
}

TEST(bytes_after_the_header_do_not_matter)
{
	uint8_t bytes[FRAME_HEADER_SIZE + 16] = WHOLE;
	struct frame_header header = untouched;

	memset(bytes + FRAME_HEADER_SIZE, 0xff, 16);
	CHECK_INT(frame_decode_header(bytes, sizeof(bytes), &header), ==, FRAME_OK);
	CHECK_INT(header.type, ==, FRAME_END);
	CHECK_INT(header.length, ==, 0);
}

TEST(each_refusal_has_a_sentence_of_its_own)
{
	for (int a = FRAME_OK; a <= FRAME_BAD_LENGTH; a++) {
		CHECK(strlen(frame_result_text((enum frame_result)a)) > 10);
		for (int b = FRAME_OK; b < a; b++)
			CHECK(strcmp(frame_result_text((enum frame_result)a), frame_result_text((enum frame_result)b)) != 0);
	}
}

TEST(numbers_are_little_endian_at_any_alignment)
{
	static const uint32_t values[] = { 0, 1, 0x80, 0xff, 0x100, 0x12345678, 0x7fffffff, 0x80000000u, 0xffffffffu };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (size_t at = 0; at < 4; at++) {
			uint8_t bytes[8] = { 0 };

			frame_put_u32(bytes + at, values[i]);
			CHECK_INT(frame_get_u32(bytes + at), ==, values[i]);
			CHECK_INT(bytes[at], ==, values[i] & 0xff);
			CHECK_INT(bytes[at + 3], ==, values[i] >> 24);
		}
	}
}
