/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/files/worker_main.c agent/files/worker_requests.c agent/files/worker_conn.c agent/protocol/request.c agent/protocol/schema.c agent/protocol/json.c agent/protocol/jsonw.c agent/protocol/reply.c agent/protocol/host_frames.c common/archive/path.c common/edit_distance.c */
/* links: common/buf.c common/fmt.c common/frame.c common/io.c common/json_scan.c common/name.c CJSON */
/*
 * The input is what a host sends to a worker: a number, and bytes, so many of which came with the first request. Worker, wire and
 * decoder are the real ones; the handlers are below, as one kind each: a question, an upload, a download, a wait for `stop`.
 * Properties: an upload has no byte more than was granted, and ends as it was sent; every frame of the worker is good and whole;
 * what a handler could answer is answered once; after a broken rule comes nothing.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/files/worker_main.h"
#include "agent/files/worker_requests.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "common/cleanup.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX 8192u
#define GOT_MAX (1u << 20)
#define PIECE 700u

static uint64_t handled;	/* requests whose answer must come */

void worker_user_init(void)
{
}

bool worker_user_become(struct worker_self *w, const char *spec, struct reply *reply)
{
	(void)w;
	(void)spec;
	return reply_fail(reply, ERROR_NOT_FOUND, "no users here");
}

void worker_user_leave(struct worker_self *w)
{
	(void)w;
}

static enum handled end_of(struct worker_self *w, struct reply *reply)
{
	handled += w->lost == 0;
	if (!reply->failed)
		jsonw_bool(reply->result, "done", true);
	return HANDLED_NOW;
}

static enum handled ask(struct worker_self *w, enum request_type type, struct reply *reply)
{
	FUZZ_REACHED("a handler");
	if (type == REQUEST_readlink)
		reply_fail_path(reply, -ENOENT, "path");
	return end_of(w, reply);
}

static enum handled take(struct worker_self *w, struct reply *reply)
{
	static uint8_t bytes[PIECE];
	uint64_t got = 0, granted = worker_begin_upload(w);
	size_t size = 1 + handled * 97 % PIECE;
	ssize_t n;

	jsonw_count(worker_event_begin(w, "started"), "window_bytes", granted);
	worker_event_end(w);
	while ((n = worker_receive(w, bytes, size)) > 0) {
		FUZZ_CHECK((size_t)n <= size);
		got += (uint64_t)n;
		FUZZ_CHECK(got <= INPUT_MAX && w->window <= LIMIT_UPLOAD_WINDOW);
	}
	FUZZ_CHECK((n == 0) == (w->lost == 0) && (n == 0 || n == w->lost));
	if (n == 0 && got)
		FUZZ_REACHED("an upload to its end");
	if (n < 0)
		FUZZ_REACHED("an upload that broke off");
	return end_of(w, reply);
}

static enum handled give(struct worker_self *w, struct reply *reply)
{
	static const uint8_t bytes[PIECE];
	int r;

	worker_event_begin(w, "started");
	worker_event_end(w);
	r = worker_conn_send_data(&w->conn, FRAME_STDOUT, bytes, handled * 97 % PIECE);
	if (r < 0)
		worker_lose(w, r);
	worker_conn_queue(&w->conn, FRAME_END, FRAME_STDOUT, NULL, 0);
	FUZZ_REACHED("a download");
	return end_of(w, reply);
}

static enum handled wait_for_stop(struct worker_self *w, struct reply *reply)
{
	worker_event_begin(w, "started");
	worker_event_end(w);
	if (worker_flush(w))
		FUZZ_CHECK(!worker_receive_stop(w));
	if (w->lost == 0)
		FUZZ_REACHED("a stop");
	return end_of(w, reply);
}

static enum handled handle(struct worker_self *w, enum request_type type, struct reply *reply)
{
	if (type == REQUEST_file_write || type == REQUEST_tree_import)
		return take(w, reply);
	if (type == REQUEST_file_read || type == REQUEST_tree_export)
		return give(w, reply);
	return type == REQUEST_watch ? wait_for_stop(w, reply) : ask(w, type, reply);
}

#define WORKER_REQUEST(name, handler)                                                                                 \
	enum handled handler(struct worker_self *w, const struct request_##name *request, struct reply *reply)               \
	{                                                                                                             \
		(void)request;                                                                                        \
		return handle(w, REQUEST_##name, reply);                                                              \
	}
#include "agent/protocol/requests.def"

static void check_got(const uint8_t *p, size_t left)
{
	uint64_t answers = 0;
	bool broken = false;

	while (left) {
		struct frame_header header;

		FUZZ_CHECK(!broken);
		FUZZ_CHECK(frame_decode_header(p, left, &header) == FRAME_OK && header.length <= left - FRAME_HEADER_SIZE);
		p += FRAME_HEADER_SIZE;
		answers += header.type == FRAME_RESULT || header.type == FRAME_ERROR;
		if (header.type == FRAME_ERROR && memmem(p, header.length, "\"protocol_error\"", 16)) {
			FUZZ_REACHED("a broken rule");
			broken = true;
		}
		p += header.length;
		left -= FRAME_HEADER_SIZE + header.length;
	}
	FUZZ_CHECK(answers >= handled);
}

static void first_request(struct request *ret)
{
	static const char text[] = "{\"op\": \"file_stat\", \"path\": \"/\"}";
	struct reply error = { 0 };

	FUZZ_CHECK(request_decode(text, sizeof(text) - 1, ret, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct worker_board board;
	static uint8_t got[GOT_MAX];
	struct request request;
	struct worker_start start = { .request = &request, .generation = "g", .serve = worker_requests_serve,
		.board = &board, .slot = &board.slot[0] };
	size_t ahead, len = 0;
	int fds[2];
	ssize_t n;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	ahead = data[0] < size - 1 ? data[0] : size - 1;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	FUZZ_CHECK(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
	FUZZ_CHECK(size - 1 - ahead == 0 || write(fds[0], data + 1 + ahead, size - 1 - ahead) == (ssize_t)(size - 1 - ahead));
	shutdown(fds[0], SHUT_WR);
	handled = 0;
	start.fd = fds[1];
	start.in = data + 1;
	start.in_len = ahead;
	start.out = BUF_INIT(1u << 20);
	first_request(&request);
	worker_serve(&start);
	close(fds[1]);
	while ((n = read(fds[0], got + len, sizeof(got) - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	check_got(got, len);
	return 0;
}
