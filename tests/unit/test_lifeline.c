/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/lifeline.c */
/* Claims about the lifeline's messages: none is lost because its sender is gone. */
#include "common/lifeline.h"

#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

TEST(what_a_sender_said_is_read_after_its_end)
{
	static struct lifeline_message m;
	int ends[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	for (int i = 0; i < 3; i++)
		REQUIRE(lifeline_send(ends[1], LIFELINE_READY, &i, sizeof(i), NULL, 0) == 0);
	close(ends[1]);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(lifeline_receive(ends[0], &m), ==, LIFELINE_MESSAGE);
		CHECK_INT(m.type, ==, LIFELINE_READY);
	}
	CHECK_INT(lifeline_receive(ends[0], &m), ==, LIFELINE_END);
	close(ends[0]);
}

TEST(it_is_read_also_where_the_sender_left_something_unread)
{
	static struct lifeline_message m;
	int ends[2], fd = STDIN_FILENO;

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	REQUIRE(lifeline_send(ends[0], LIFELINE_READY, NULL, 0, NULL, 0) == 0);
	REQUIRE(lifeline_send(ends[1], LIFELINE_READY, NULL, 0, &fd, 1) == 0);
	close(ends[1]);
	CHECK_INT(lifeline_receive(ends[0], &m), ==, LIFELINE_MESSAGE);
	CHECK_INT(m.fd_count, ==, 1);
	lifeline_close_fds(&m);
	CHECK_INT(lifeline_receive(ends[0], &m), ==, LIFELINE_END);
	close(ends[0]);
}
