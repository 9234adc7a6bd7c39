/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/buf.c */
/* Claims about the growing buffer. */
#include "common/buf.h"

#include <string.h>

#include "tests/harness/tap.h"

TEST(nothing_can_be_appended_to_an_empty_buffer)
{
	_cleanup_buf_ struct buf b = BUF_INIT(10);

	buf_append(&b, "", 0);
	buf_append(&b, NULL, 0);
	CHECK(!b.failed);
	CHECK_INT(b.len, ==, 0);
	buf_consume(&b, 0);
	CHECK_INT(b.len, ==, 0);
}

TEST(bytes_come_out_as_they_went_in)
{
	_cleanup_buf_ struct buf b = BUF_INIT(100000);

	for (int i = 0; i < 20000; i++)
		buf_append(&b, (const char[]){ (char)i, (char)(i >> 8), 0, 1 }, 4);
	REQUIRE_INT(b.len, ==, 80000);
	for (int i = 0; i < 20000; i++)
		if (b.data[4 * i] != (uint8_t)i || b.data[4 * i + 1] != (uint8_t)(i >> 8))
			REQUIRE_INT(b.data[4 * i], ==, (uint8_t)i);
	CHECK(!b.failed);
}

TEST(the_maximum_is_reached_and_not_passed)
{
	_cleanup_buf_ struct buf b = BUF_INIT(1000);
	char bytes[1001] = { 0 };

	buf_append(&b, bytes, 1000);
	CHECK(!b.failed);
	CHECK_INT(b.len, ==, 1000);
	CHECK_INT(b.size, ==, 1000);
	buf_append(&b, bytes, 1);
	CHECK(b.failed);
	CHECK_INT(b.len, ==, 1000);
}

TEST(failure_is_sticky)
{
	_cleanup_buf_ struct buf b = BUF_INIT(8);

	buf_append(&b, "12345", 5);
	buf_append(&b, "6789", 4);
	CHECK(b.failed);
	buf_append(&b, "6", 1);
	CHECK_INT(b.len, ==, 5);
	CHECK(buf_reserve(&b, 1) == NULL);
	CHECK_MEM(b.data, "12345", 5);
}

TEST(a_wish_that_overflows_is_refused)
{
	_cleanup_buf_ struct buf b = BUF_INIT((size_t)-1 / 2);

	buf_append(&b, "a", 1);
	CHECK(buf_reserve(&b, (size_t)-1) == NULL);
	CHECK(b.failed);
	CHECK_INT(b.len, ==, 1);
}

TEST(reserved_bytes_count_when_they_are_committed)
{
	_cleanup_buf_ struct buf b = BUF_INIT(4096);
	uint8_t *to = buf_reserve(&b, 300);

	REQUIRE(to != NULL);
	CHECK_INT(b.size, >=, 300);
	CHECK_INT(b.len, ==, 0);
	memcpy(to, "abc", 3);
	buf_commit(&b, 3);
	CHECK_INT(b.len, ==, 3);
	CHECK_MEM(b.data, "abc", 3);
}

TEST(consuming_moves_the_rest_to_the_front)
{
	_cleanup_buf_ struct buf b = BUF_INIT(100);

	buf_append(&b, "hello world", 11);
	buf_consume(&b, 6);
	CHECK_INT(b.len, ==, 5);
	CHECK_MEM(b.data, "world", 5);
	buf_consume(&b, 5);
	CHECK_INT(b.len, ==, 0);
	buf_append(&b, "x", 1);
	CHECK_MEM(b.data, "x", 1);
}

TEST(a_freed_buffer_can_be_used_again_up_to_its_maximum)
{
	struct buf b = BUF_INIT(4);

	buf_append(&b, "12345", 5);
	CHECK(b.failed);
	buf_deinit(&b);
	buf_deinit(&b);
	CHECK(!b.failed);
	buf_append(&b, "1234", 4);
	CHECK(!b.failed);
	buf_append(&b, "5", 1);
	CHECK(b.failed);
	buf_deinit(&b);
}
