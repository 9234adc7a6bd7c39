/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/frame.c */
/*
 * The input is a stream of frames as a peer would send it. Properties of each header: decoding byte by byte ends as decoding at
 * once, an answer other than FRAME_MORE is final, nothing is written unless FRAME_OK, and encoding gives the same bytes.
 */
#include "common/frame.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static const struct frame_header untouched = { .length = 0xa5a5a5a5u, .type = FRAME_END, .stream = 0x5a };

static bool is_untouched(const struct frame_header *header)
{
	return header->length == untouched.length && header->type == untouched.type && header->stream == untouched.stream;
}

static void check_bounds(const struct frame_header *header)
{
	FUZZ_CHECK(header->stream <= FRAME_STDERR);
	if (frame_type_is_json(header->type)) {
		FUZZ_CHECK(header->length <= FRAME_JSON_MAX);
		FUZZ_REACHED("a good JSON header");
	} else {
		FUZZ_CHECK(header->length <= FRAME_MAX);
		FUZZ_REACHED("a good header of bytes");
	}
}

/* A longer prefix must not change an answer that was final. */
static void check_prefixes(const uint8_t *data, size_t size, enum frame_result whole)
{
	bool final = false;

	for (size_t n = 0; n <= size && n <= FRAME_HEADER_SIZE; n++) {
		struct frame_header header = untouched;
		enum frame_result result = frame_decode_header(data, n, &header);

		FUZZ_CHECK(result == FRAME_OK || is_untouched(&header));
		FUZZ_CHECK(result != FRAME_OK || n == FRAME_HEADER_SIZE);
		FUZZ_CHECK(!final || result != FRAME_MORE);
		final = result != FRAME_MORE;
		if (n == size || n == FRAME_HEADER_SIZE)
			FUZZ_CHECK(result == whole);
		else
			FUZZ_CHECK(result == FRAME_MORE || result == whole);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size > 0) {
		struct frame_header header = untouched;
		enum frame_result result = frame_decode_header(data, size, &header);
		uint8_t again[FRAME_HEADER_SIZE];

		check_prefixes(data, size, result);
		FUZZ_CHECK(frame_result_text(result)[0] != '\0');
		if (result == FRAME_MORE) {
			FUZZ_CHECK(size < FRAME_HEADER_SIZE);
			FUZZ_REACHED("an unfinished header");
		}
		if (result != FRAME_OK)
			break;
		check_bounds(&header);
		frame_encode_header(&header, again);
		FUZZ_CHECK(memcmp(data, again, sizeof(again)) == 0);
		data += FRAME_HEADER_SIZE;
		size -= FRAME_HEADER_SIZE;
		if (header.length > size)
			break;
		data += header.length;
		size -= header.length;
		FUZZ_REACHED("the frame after a whole frame");
	}
	return 0;
}
