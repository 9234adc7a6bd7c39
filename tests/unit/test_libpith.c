/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/lib/conn.c host/lib/answer.c host/lib/guest.c host/lib/connect.c host/lib/request.c host/lib/dial.c host/lib/address.c host/lib/error.c host/lib/json.c */
/* links: host/lib/exec_format.c common/frame.c common/io.c common/buf.c common/json_scan.c CJSON */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "host/include/pith_guest.h"
#include "host/lib/conn.h"
#include "host/lib/deadline.h"
#include "host/lib/error.h"
#include "host/lib/exec_format.h"
#include "tests/harness/tap.h"

/* A connection whose other side is *ret_peer, with its hello behind it. */
static struct pith_conn *connected(int *ret_peer)
{
	int fds[2];
	struct pith_conn *conn;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	conn = conn_new(fds[0], "unix:/test");
	REQUIRE(conn != NULL);
	conn->hello.json_bytes = FRAME_JSON_MAX;
	*ret_peer = fds[1];
	return conn;
}

static void give(int peer, enum frame_type type, uint8_t stream, const char *payload)
{
	struct frame_header header = { .length = (uint32_t)strlen(payload), .type = type, .stream = stream };
	uint8_t bytes[FRAME_HEADER_SIZE];

	frame_encode_header(&header, bytes);
	REQUIRE(io_write(peer, bytes, sizeof(bytes)) == sizeof(bytes));
	REQUIRE(io_write(peer, payload, header.length) == (ssize_t)header.length);
}

static void turn(struct pith_conn *conn)
{
	struct pollfd fds[1];

	CHECK_INT(conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline_after(5000)), ==, PITH_OK);
}

TEST(a_frame_that_comes_in_single_bytes_is_one_frame)
{
	static const uint8_t bytes[] = { 2, 0, 0, 0, 'R', 0, 0, 0, '{', '}' };
	struct conn_frame frame = { .len = 0 };
	const char *problem;
	int peer;
	struct pith_conn *conn = connected(&peer);

	for (size_t i = 0; i < sizeof(bytes); i++) {
		CHECK_INT(conn_next(conn, &frame, &problem), ==, CONN_NEED_MORE);
		CHECK_INT(io_write(peer, bytes + i, 1), ==, 1);
		turn(conn);
	}
	REQUIRE_INT(conn_next(conn, &frame, &problem), ==, CONN_FRAME);
	CHECK_INT(frame.type, ==, FRAME_RESULT);
	CHECK_INT(frame.len, ==, 2);
	CHECK_MEM(frame.payload, "{}", 2);
	CHECK_INT(conn_next(conn, &frame, &problem), ==, CONN_NEED_MORE);
	close(peer);
	pith_close(conn);
}

TEST(data_is_handed_out_as_it_comes_and_only_as_far_as_it_is_taken)
{
	struct conn_frame frame = { .len = 0 };
	const char *problem;
	int peer;
	struct pith_conn *conn = connected(&peer);

	CHECK_INT(io_write(peer, "\5\0\0\0D\1\0\0ab", 10), ==, 10);
	turn(conn);
	REQUIRE_INT(conn_next(conn, &frame, &problem), ==, CONN_FRAME);
	CHECK_INT(frame.len, ==, 2);
	conn_consume(conn, 1);
	REQUIRE_INT(conn_next(conn, &frame, &problem), ==, CONN_FRAME);
	CHECK_INT(frame.len, ==, 1);
	conn_consume(conn, 1);
	CHECK_INT(conn_next(conn, &frame, &problem), ==, CONN_NEED_MORE);
	CHECK_INT(io_write(peer, "cde", 3), ==, 3);
	give(peer, FRAME_END, 1, "");
	turn(conn);
	REQUIRE_INT(conn_next(conn, &frame, &problem), ==, CONN_FRAME);
	CHECK_MEM(frame.payload, "cde", 3);
	conn_consume(conn, 3);
	REQUIRE_INT(conn_next(conn, &frame, &problem), ==, CONN_FRAME);
	CHECK_INT(frame.type, ==, FRAME_END);
	close(peer);
	pith_close(conn);
}

TEST(a_header_that_breaks_a_rule_is_told_before_the_payload_is_waited_for)
{
	static const struct {
		const char *bytes;
		const char *problem;
	} cases[] = {
		{ "\1\0\4\0R\0\0\0", "frame length out of bounds for its type" },
		{ "\1\0\20\0D\1\0\0", "frame length out of bounds for its type" },
		{ "\0\0\0\0X\0\0\0", "unknown frame type" },
		{ "\0\0\0\0D\3\0\0", "no such stream for this frame type" },
		{ "\0\0\0\0D\1\0\1", "the last two bytes of a frame header must be zero" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct conn_frame frame = { .len = 0 };
		const char *problem = "";
		int peer;
		struct pith_conn *conn = connected(&peer);

		CHECK_INT(io_write(peer, cases[i].bytes, 8), ==, 8);
		turn(conn);
		CHECK_INT(conn_next(conn, &frame, &problem), ==, CONN_BROKEN);
		CHECK_STR(problem, cases[i].problem);
		close(peer);
		pith_close(conn);
	}
}

TEST(data_that_is_there_does_not_hold_the_deadline_back)
{
	struct pollfd fds[1];
	int peer;
	struct pith_conn *conn = connected(&peer);

	give(peer, FRAME_EVENT, 0, "{}");
	CHECK_INT(conn_turn(conn, fds, 1, CONN_WANT_INPUT, deadline_after(0)), ==, PITH_DEADLINE);
	close(peer);
	pith_close(conn);
}

TEST(a_call_after_a_lost_connection_fails_and_does_not_wait)
{
	struct pith_error err;
	struct pith_pong pong;
	int peer;
	struct pith_conn *conn = connected(&peer);

	close(peer);
	CHECK_INT(pith_ping(conn, PITH_FOREVER, &pong, &err), ==, PITH_LOST);
	CHECK_INT(pith_ping(conn, PITH_FOREVER, &pong, &err), ==, PITH_LOST);
	CHECK_STR(err.message, "unix:/test: this connection has ended with an earlier call");
	pith_close(conn);
}

TEST(an_answer_that_came_before_the_other_side_closed_still_counts)
{
	struct pith_error err;
	int peer;
	struct pith_conn *conn = connected(&peer);

	give(peer, FRAME_ERROR, 0, "{\"code\":\"shutting_down\",\"message\":\"going down\",\"op\":\"poweroff\"}");
	close(peer);
	CHECK_INT(pith_power(conn, PITH_POWER_OFF, 100, 5000, &err), ==, PITH_GUEST_ERROR);
	CHECK_STR(err.guest_code, "shutting_down");
	CHECK_STR(err.message, "the agent: going down");
	pith_close(conn);
}

TEST(an_error_carries_the_codes_of_the_guest_without_control_characters)
{
	struct pith_error err;
	int peer;
	struct pith_conn *conn = connected(&peer);

	give(peer, FRAME_ERROR, 0,
	     "{\"code\":\"not_found\",\"message\":\"no \\u001b[31m\xc2\x9b"
	     "31m\",\"errno\":\"ENOENT\",\"field\":\"cwd\",\"path\":\"/x\"}");
	CHECK_INT(pith_request(conn, "stat", "{\"path\":\"/x\"}", 5000, NULL, &err), ==, PITH_GUEST_ERROR);
	CHECK_STR(err.guest_code, "not_found");
	CHECK_STR(err.guest_errno, "ENOENT");
	CHECK_STR(err.guest_field, "cwd");
	CHECK_STR(err.message, "the agent: no ?[31m?31m (/x)");
	close(peer);
	pith_close(conn);
}

TEST(a_result_is_strict_json_or_a_bad_reply)
{
	static const char *const cases[] = {
		"", "{", "[]", "{} x", "{\"a\":\"\\u0000\"}", "nul", "{\"a\":1,}", "{\"a\":{\"b\":1,\"b\":2}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pith_error err;
		int peer;
		struct pith_conn *conn = connected(&peer);

		tap_diag("%s", cases[i]);
		give(peer, FRAME_RESULT, 0, cases[i]);
		CHECK_INT(pith_request(conn, "ping", NULL, 5000, NULL, &err), ==, PITH_BAD_REPLY);
		close(peer);
		pith_close(conn);
	}
}

TEST(fields_that_are_no_object_or_too_long_are_refused_before_they_are_sent)
{
	struct pith_error err;
	char *longest = malloc(FRAME_JSON_MAX + 16);
	int peer;
	struct pith_conn *conn = connected(&peer);
	char byte;

	REQUIRE(longest != NULL);
	CHECK_INT(pith_request(conn, "x", "[]", 5000, NULL, &err), ==, PITH_BAD_ARGUMENT);
	CHECK_INT(pith_request(conn, "x\xff", "{}", 5000, NULL, &err), ==, PITH_BAD_ARGUMENT);
	memset(longest, ' ', FRAME_JSON_MAX + 15);
	memcpy(longest, "{\"a\":\"", 6);
	memset(longest + 6, 'a', FRAME_JSON_MAX);
	memcpy(longest + 6 + FRAME_JSON_MAX, "\"}", 3);
	CHECK_INT(pith_request(conn, "x", longest, 5000, NULL, &err), ==, PITH_BAD_ARGUMENT);
	free(longest);
	CHECK_INT(io_read(peer, &byte, 1), ==, -EAGAIN);
	close(peer);
	pith_close(conn);
}

TEST(members_of_the_wrong_type_or_range_count_as_missing)
{
	static const char text[] = "{\"n\":-1,\"f\":1.5,\"big\":9007199254740994,\"max\":9007199254740992,\"s\":7,"
				   "\"o\":[],\"huge\":1e400}";
	const char *problem;
	struct json *json = json_parse_object(text, strlen(text), &problem);

	REQUIRE(json != NULL);
	CHECK_INT(json_get_count(json, "n", 42), ==, 42);
	CHECK_INT(json_get_count(json, "f", 42), ==, 42);
	CHECK_INT(json_get_count(json, "big", 42), ==, 42);
	CHECK_INT(json_get_count(json, "huge", 42), ==, 42);
	CHECK_INT(json_get_count(json, "none", 42), ==, 42);
	CHECK_INT(json_get_count(NULL, "n", 42), ==, 42);
	CHECK_INT(json_get_count(json, "max", 42), ==, 9007199254740992);
	CHECK_STR(json_get_string(json, "s"), NULL);
	CHECK(json_get_object(json, "o") == NULL);
	CHECK(json_first_item(json, "s") == NULL);
	CHECK(!json_get_bool(json, "n"));
	json_free(json);
}

static bool read_record(const char *text, struct pith_exit_record *record)
{
	const char *problem;
	struct json *json = json_parse_object(text, strlen(text), &problem);
	bool good = json && exec_record_read(json, record);

	json_free(json);
	return good;
}

TEST(a_record_without_what_its_cause_promises_is_refused_and_writes_nothing)
{
	static const char *const cases[] = {
		"{}",
		"{\"cause\":7}",
		"{\"cause\":\"exited\"}",
		"{\"cause\":\"exited\",\"code\":256}",
		"{\"cause\":\"exited\",\"code\":-1}",
		"{\"cause\":\"exited\",\"code\":\"0\"}",
		"{\"cause\":\"signaled\"}",
		"{\"cause\":\"signaled\",\"signal_number\":0}",
		"{\"cause\":\"signaled\",\"signal_number\":65}",
		"{\"cause\":\"oom\",\"signal_number\":4294967305}",
	};
	struct pith_exit_record record = { .code = 4711 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_diag("%s", cases[i]);
		CHECK(!read_record(cases[i], &record));
		CHECK_INT(record.code, ==, 4711);
	}
	CHECK(read_record("{\"cause\":\"exited\",\"code\":255,\"id\":\"a\",\"wall_us\":5}", &record));
	CHECK_INT(record.code, ==, 255);
	CHECK_INT(record.wall_us, ==, 5);
	CHECK_STR(record.id, "a");
	CHECK(read_record("{\"cause\":\"evaporated\"}", &record));
	CHECK_INT(record.cause, ==, PITH_CAUSE_OTHER);
	CHECK_STR(record.cause_name, "evaporated");
	CHECK(read_record("{\"id\":\"a\",\"detached\":true}", &record));
	CHECK_INT(record.cause, ==, PITH_CAUSE_DETACHED);
}

TEST(text_of_the_guest_is_cut_to_its_member_and_ends)
{
	char small[4];

	text_copy_printable(small, sizeof(small), "abcdef");
	CHECK_STR(small, "abc");
	text_copy_printable(small, sizeof(small), "\x7f\n\t");
	CHECK_STR(small, "???");
	text_copy_printable(small, sizeof(small), NULL);
	CHECK_STR(small, "");
	text_copy_printable(small, sizeof(small), "ab\xc2");
	CHECK_MEM(small, "ab\xc2", 4);
}

TEST(every_code_has_a_name_of_its_own)
{
	for (int i = PITH_OK; i <= PITH_SYSTEM; i++) {
		CHECK(strcmp(pith_code_name((enum pith_code)i), "unknown") != 0);
		for (int j = PITH_OK; j < i; j++)
			CHECK(strcmp(pith_code_name((enum pith_code)i), pith_code_name((enum pith_code)j)) != 0);
	}
}
