/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/exec/ring.c */
/* Claims about the ring: a plain array that keeps every byte says what it must hold. */
#include "agent/exec/ring.h"

#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

#define HISTORY (1u << 20)
#define LARGEST (8u << 10)

struct model {
	uint8_t bytes[HISTORY];
	size_t head, tail;
};

static struct model model;

static uint8_t *new_memory(size_t size)
{
	/* Exactly as large as the ring: the sanitizer build sees a byte beside it. */
	uint8_t *data = malloc(size);

	REQUIRE(data != NULL);
	memset(data, 0xee, size);
	return data;
}

static struct ring new_ring(size_t size, uint64_t start)
{
	return (struct ring){ .data = new_memory(size), .size = size, .head = start, .tail = start };
}

/* Writes n bytes, or as many as there is room for, and returns how many. */
static size_t write_some(struct ring *r, size_t n)
{
	struct iovec iov[2];
	int count = ring_free_iov(r, n, iov);
	size_t done = 0;

	for (int i = 0; i < count; i++) {
		uint8_t *to = iov[i].iov_base;

		for (size_t k = 0; k < iov[i].iov_len; k++)
			to[k] = model.bytes[model.head++] = (uint8_t)rand();
		done += iov[i].iov_len;
	}
	ring_commit(r, done);
	return done;
}

/* Everything from a (relative) offset on is what the model has there. */
static void check_from(const struct ring *r, uint64_t start, size_t offset, size_t max)
{
	struct iovec iov[2];
	int count = ring_data_iov(r, start + offset, max, iov);
	size_t left = model.head - offset < max ? model.head - offset : max;

	CHECK(count <= 2);
	for (int i = 0; i < count; i++) {
		REQUIRE_INT(iov[i].iov_len, <=, left);
		CHECK_INT(iov[i].iov_len, >, 0);
		CHECK_MEM(iov[i].iov_base, model.bytes + offset, iov[i].iov_len);
		offset += iov[i].iov_len;
		left -= iov[i].iov_len;
	}
	CHECK_INT(left, ==, 0);
}

static void check_like_model(const struct ring *r, uint64_t start)
{
	REQUIRE_INT(r->head - start, ==, model.head);
	REQUIRE_INT(r->tail - start, ==, model.tail);
	CHECK_INT(ring_used(r), ==, model.head - model.tail);
	CHECK_INT(ring_space(r), ==, r->size - (model.head - model.tail));
	check_from(r, start, model.tail, (size_t)-1);
}

static void move(struct ring *r, size_t size)
{
	uint8_t *old = r->data;

	ring_move(r, new_memory(size), size);
	free(old);
}

static void walk(uint64_t start)
{
	struct ring r = new_ring(256, start);

	model.head = model.tail = 0;
	for (int step = 0; step < 20000 && model.head < HISTORY - LARGEST; step++) {
		size_t n = (size_t)rand() % 300, room = ring_space(&r);

		switch (rand() % 8) {
		case 0:
		case 1:
		case 2:
			CHECK_INT(write_some(&r, n), ==, n < room ? n : room);
			break;
		case 3:
		case 4:
		case 5:
			n = n < model.head - model.tail ? n : model.head - model.tail;
			model.tail += n;
			ring_drop_to(&r, start + model.tail);
			break;
		case 6:
			if (model.head > model.tail)
				check_from(&r, start, model.tail + n % (model.head - model.tail), n);
			break;
		default:
			if (rand() % 50 == 0 && r.size < LARGEST)
				move(&r, r.size * 2);
			else if (rand() % 50 == 0 && r.size > 256 && ring_used(&r) <= r.size / 2)
				move(&r, r.size / 2);
			break;
		}
		check_like_model(&r, start);
	}
	CHECK_INT(model.head, >, 100000);
	free(r.data);
}

TEST(a_random_walk_never_differs_from_a_plain_array)
{
	srand(1);
	walk(0);
}

TEST(offsets_beyond_four_gigabytes_are_offsets_too)
{
	srand(2);
	walk((1ull << 32) - 100);
	walk((1ull << 53) + 12345);
}

TEST(a_full_ring_has_no_space_and_an_empty_one_no_data)
{
	struct ring r = new_ring(16, 0);
	struct iovec iov[2];

	model.head = model.tail = 0;
	CHECK_INT(ring_data_iov(&r, 0, 100, iov), ==, 0);
	CHECK_INT(write_some(&r, 100), ==, 16);
	CHECK_INT(ring_free_iov(&r, 100, iov), ==, 0);
	CHECK_INT(ring_data_iov(&r, 16, 100, iov), ==, 0);
	CHECK_INT(ring_free_iov(&r, 0, iov), ==, 0);
	free(r.data);
}

TEST(a_ring_without_memory_has_neither_space_nor_data)
{
	struct ring r = { 0 };
	struct iovec iov[2];

	CHECK_INT(ring_space(&r), ==, 0);
	CHECK_INT(ring_free_iov(&r, 10, iov), ==, 0);
	CHECK_INT(ring_data_iov(&r, 0, 10, iov), ==, 0);
}

TEST(dropping_to_an_older_offset_changes_nothing)
{
	struct ring r = new_ring(16, 100);

	model.head = model.tail = 0;
	write_some(&r, 10);
	ring_drop_to(&r, 105);
	ring_drop_to(&r, 103);
	CHECK_INT(r.tail, ==, 105);
	model.tail = 5;
	check_like_model(&r, 100);
	free(r.data);
}

TEST(bytes_that_wrap_keep_their_offsets_when_the_ring_grows)
{
	struct ring r = new_ring(16, 0);

	model.head = model.tail = 0;
	write_some(&r, 12);
	ring_drop_to(&r, model.tail = 10);
	write_some(&r, 14);
	CHECK_INT(ring_space(&r), ==, 0);
	move(&r, 32);
	check_like_model(&r, 0);
	CHECK_INT(write_some(&r, 100), ==, 16);
	check_like_model(&r, 0);
	free(r.data);
}
