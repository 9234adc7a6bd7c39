/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/log_ring.c common/fmt.c */
/* Claims about the ring of lines that PID 1 and the agent share. */
#include "common/log_ring.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "tests/harness/tap.h"

static char text[LOG_RING_BYTES + 1];

static struct log_ring *make_ring(void)
{
	_cleanup_close_ int fd = log_ring_new();
	struct log_ring *ring = log_ring_map(fd);

	REQUIRE(ring != NULL);
	return ring;
}

static void write_line(struct log_ring *ring, int64_t at_us, const char *line)
{
	log_ring_write(ring, at_us, 4, line, strlen(line));
}

TEST(lines_come_back_in_their_order_with_time_and_level)
{
	struct log_ring *ring = make_ring();

	CHECK_INT(log_ring_read(ring, text, sizeof(text)), ==, 0);
	CHECK_STR(text, "");
	write_line(ring, 12, "one");
	log_ring_write(ring, 13, 6, "two and more", 3);
	CHECK_INT(log_ring_read(ring, text, sizeof(text)), ==, 18);
	CHECK_STR(text, "12 4 one\n13 6 two\n");
}

TEST(without_a_ring_nothing_happens)
{
	write_line(NULL, 12, "one");
	CHECK(log_ring_map(-1) == NULL);
}

TEST(the_oldest_lines_go_first_and_what_is_left_of_one_is_not_told)
{
	struct log_ring *ring = make_ring();
	const char *last;

	for (int i = 0; i < 5000; i++) {
		char line[32];

		fmt_text(line, sizeof(line), "line %d", i);
		write_line(ring, 1000000 + i, line);
	}
	CHECK_INT(log_ring_read(ring, text, sizeof(text)), >, LOG_RING_BYTES - 64);
	CHECK(strncmp(text, "100", 3) == 0);
	last = strstr(text, "line 4999\n");
	REQUIRE(last != NULL);
	CHECK_INT(strlen(last), ==, strlen("line 4999\n"));
}

TEST(a_line_that_is_too_long_is_cut)
{
	struct log_ring *ring = make_ring();
	static char line[LOG_RING_BYTES * 2];

	memset(line, 'x', sizeof(line));
	log_ring_write(ring, 1, 1, line, sizeof(line));
	CHECK_INT(log_ring_read(ring, text, sizeof(text)), ==, LOG_RING_BYTES / 4 + strlen("1 1 \n"));
}

TEST(whatever_stands_in_the_ring_nobody_leaves_it)
{
	static const uint64_t ends[] = { UINT64_MAX, UINT64_MAX - 5, 1ull << 63, LOG_RING_BYTES, LOG_RING_BYTES - 1, 1 };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct log_ring *ring = make_ring();

		memset(ring, 'x', sizeof(*ring));
		ring->end = ends[i];
		write_line(ring, 1, "a line");
		CHECK_INT(log_ring_read(ring, text, sizeof(text)), <=, LOG_RING_BYTES);
	}
}

TEST(nobody_can_shorten_the_memory_and_what_another_size_is_no_ring)
{
	_cleanup_close_ int fd = log_ring_new();
	_cleanup_close_ int small = memfd_create("small", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	CHECK_INT(ftruncate(fd, 1), ==, -1);
	CHECK_INT(ftruncate(fd, 1 << 20), ==, -1);
	CHECK(log_ring_map(small) == NULL);
}

TEST(two_processes_write_side_by_side_and_no_line_is_lost)
{
	struct log_ring *ring = make_ring();
	size_t lines = 0;
	pid_t pid = fork();

	for (int i = 0; i < 300; i++)
		write_line(ring, 7, pid == 0 ? "the child's line" : "the parent's line");
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	log_ring_read(ring, text, sizeof(text));
	for (const char *p = text; *p; p = strchr(p, '\n') + 1, lines++)
		CHECK(strncmp(p, "7 4 the child's line\n", 21) == 0 || strncmp(p, "7 4 the parent's line\n", 22) == 0);
	CHECK_INT(lines, ==, 600);
}

TEST(lines_are_taken_apart_and_what_is_none_is_passed_over)
{
	char lines[] = "12 4 one\ntorn\n 7\n13 x two\n5\n14 63 four: more\n15 3 \nlast";
	char *cursor = lines;
	struct log_ring_line line;

	REQUIRE(log_ring_next(&cursor, &line));
	CHECK_INT(line.at_us, ==, 12);
	CHECK_INT(line.level, ==, 4);
	CHECK_STR(line.text, "one");
	REQUIRE(log_ring_next(&cursor, &line));
	CHECK_INT(line.level, ==, 7);
	CHECK_STR(line.text, "four: more");
	REQUIRE(log_ring_next(&cursor, &line));
	CHECK_STR(line.text, "");
	CHECK(!log_ring_next(&cursor, &line));
	CHECK(!log_ring_next(&cursor, &line));
}
