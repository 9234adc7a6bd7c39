/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/frame.c */
/* Claims about the frame header codec: docs/protocol.md, section 2. */
#include "common/frame.h"

#include <string.h>

#include "tests/tap.h"

TEST(a_header_that_is_whole_and_allowed_is_decoded)
{
	static const uint8_t bytes[] = { 0x04, 0x03, 0x02, 0x00, 'D', 2, 0, 0 };
	struct frame_header header = { 0 };

	REQUIRE_INT(frame_decode_header(bytes, sizeof(bytes), &header), ==, FRAME_OK);
	CHECK_INT(header.length, ==, 0x020304);
	CHECK_INT(header.type, ==, FRAME_DATA);
	CHECK_INT(header.stream, ==, FRAME_STDERR);
}
