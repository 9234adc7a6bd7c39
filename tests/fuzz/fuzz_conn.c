/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/server/conn.c agent/server/conn_in.c agent/server/dispatch.c agent/server/hello.c agent/server/token.c agent/server/boot_timeline.c agent/core/loop.c agent/protocol/request.c agent/protocol/schema.c common/edit_distance.c agent/protocol/json.c agent/protocol/jsonw.c agent/protocol/reply.c agent/protocol/host_frames.c */
/* links: agent/server/crash.c agent/core/log.c common/log_ring.c common/signame.c */
/* links: tests/fuzz/conn_work.c common/buf.c common/fmt.c common/frame.c common/io.c common/json_scan.c common/name.c CJSON */
/*
 * The input is a script of what a host does on one connection: raw bytes, whole frames, reading, waiting. The connection, the
 * dispatcher and the decoder are the real ones; behind them is the operation of conn_work.c. Properties: each request has one
 * answer, every frame of the agent is good and whole, output is neither lost nor doubled, no whole frame is left lying, memory is
 * bounded, and after the end nothing is left.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/protocol/json.h"
#include "agent/server/conn.h"
#include "agent/server/conn_in.h"
#include "agent/server/hello.h"
#include "common/cleanup.h"
#include "tests/fuzz/conn_work.h"
#include "tests/fuzz/fuzz.h"

#define GOT_MAX (64u << 20)
#define TRIES 100000		/* without progress: far more than any script needs */
#define SOCKET_BYTES 4608	/* as small as the kernel allows: writes stop in the middle of everything */
#define SCRIPT_MAX 4096u

static struct agent agent;
static struct server server;

static struct {
	int fd;
	bool raw, closed;
	uint64_t requests;	/* Q frames that were sent whole */
	struct buf got;
} host;

static void after_turn(struct loop *loop)
{
	conn_flush_touched(&agent);
	loop->stop = true;
}

/* False: nobody had anything to do within that time. */
static bool turn(int wait_ms)
{
	struct pollfd ready = { .fd = agent.loop.epoll_fd, .events = POLLIN };

	if (poll(&ready, 1, wait_ms) <= 0)
		return false;
	agent.loop.stop = false;
	FUZZ_CHECK(loop_run(&agent.loop) == 0);
	return true;
}

/* Up to max bytes of what the agent said; false if there was nothing. */
static bool host_read(size_t max)
{
	uint8_t bytes[65536];
	ssize_t n = recv(host.fd, bytes, max < sizeof(bytes) ? max : sizeof(bytes), MSG_DONTWAIT);

	if (n <= 0)
		return false;
	buf_append(&host.got, bytes, (size_t)n);
	FUZZ_CHECK(!host.got.failed);
	return true;
}

static void host_send(const uint8_t *bytes, size_t n)
{
	for (int tries = 0; n && !host.closed; tries++) {
		ssize_t sent = send(host.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		FUZZ_CHECK(tries < TRIES);
		if (sent < 0 && errno != EAGAIN) {
			host.closed = true;
		} else if (sent < 0) {
			/* The agent may wait until we have read, and for the time that it holds small frames back. */
			if (!turn(0) && !host_read(SIZE_MAX))
				turn(1);
		} else {
			bytes += sent;
			n -= (size_t)sent;
		}
	}
}

static void host_send_frame(enum frame_type type, const char *payload, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = type };
	_cleanup_free_ uint8_t *frame = malloc(FRAME_HEADER_SIZE + len);

	FUZZ_CHECK(frame);
	frame_encode_header(&header, frame);
	/* A JSON payload is filled up with blanks, data with whatever. */
	memset(frame + FRAME_HEADER_SIZE, ' ', len);
	memcpy(frame + FRAME_HEADER_SIZE, payload, strlen(payload) < len ? strlen(payload) : len);
	host.requests += type == FRAME_REQUEST;
	host_send(frame, FRAME_HEADER_SIZE + len);
}

static const struct {
	enum frame_type type;
	const char *payload;
	size_t len;		/* 0: that of the payload */
} frames[] = {
	{ FRAME_REQUEST, "{\"op\":\"ping\"}", 0 },
	{ FRAME_REQUEST, "{\"op\":\"info\"}", 512 },
	{ FRAME_REQUEST, "{\"op\":\"ping\"}", 513 },
	{ FRAME_REQUEST, "{\"op\":\"ping\"}", 100000 },
	{ FRAME_REQUEST, "{\"op\":\"dance\"}", 0 },
	{ FRAME_REQUEST, "{", 0 },
	{ FRAME_REQUEST, "{\"op\":\"exec\",\"argv\":[\"1\"]}", 0 },
	{ FRAME_REQUEST, "{\"op\":\"exec\",\"argv\":[\"123456789012345678901234567890\",\"\"]}", 0 },
	{ FRAME_REQUEST, "{\"op\":\"exec\",\"argv\":[\"12\",\"\"],\"stdin\":true}", 0 },
	{ FRAME_DATA, "x", 0 },
	{ FRAME_DATA, "", 0 },
	{ FRAME_DATA, "xyz", 600 },
	{ FRAME_DATA, "xyz", WORK_WINDOW },
	{ FRAME_END, "", 0 },
	{ FRAME_EVENT, "{\"event\":\"end\"}", 0 },
	{ FRAME_EVENT, "{\"bad\":1}", 0 },
};

static void run_script(const uint8_t *p, size_t size)
{
	while (size > 0 && !host.closed) {
		uint8_t step = *p++;
		size_t n = step < 0x80 ? step : 0;

		size--;
		if (n > size)
			n = size;
		if (n) {
			host.raw = true;
			host_send(p, n);
			p += n;
			size -= n;
		} else if (step < 0xc0) {
			size_t i = step % ARRAY_SIZE(frames);

			host_send_frame(frames[i].type, frames[i].payload, frames[i].len ? frames[i].len : strlen(frames[i].payload));
		} else if (step < 0xe0) {
			host_read((step - 0xbfu) * 64);
		} else {
			turn(0);
		}
	}
}

/* Reads and waits until both sides are silent. */
static void settle(void)
{
	for (int tries = 0;; tries++) {
		struct conn *c = agent.server->newest;

		FUZZ_CHECK(tries < TRIES);
		if (turn(0) || host_read(SIZE_MAX))
			continue;
		if (!c || !c->hold.due_us || !turn(10))
			return;
	}
}

/* Nothing that could be acted on is left lying. */
static void check_conn(const struct conn *c)
{
	int unread = 0;

	FUZZ_CHECK(c->out.len == 0 && c->out.size <= LIMIT_OUT_BYTES);
	FUZZ_CHECK(agent.server->bodies_bytes == c->body.size && c->body.size <= FRAME_JSON_MAX);
	FUZZ_CHECK(ioctl(c->watch.fd, FIONREAD, &unread) == 0 && unread == 0);
	if (c->state == CONN_CLOSING) {
		FUZZ_CHECK(!work.running);
		FUZZ_REACHED("a connection that broke a rule");
		return;
	}
	FUZZ_CHECK(!work.running || (!work.ended && !work.unsettled && !work.settled));
	FUZZ_CHECK(c->op == (work.running ? &work.op : NULL));
	if (!c->have_header)
		FUZZ_CHECK(c->in_len < FRAME_HEADER_SIZE);
	else
		FUZZ_CHECK(c->left > 0 && c->in_len < c->header.length);
}

static bool is_protocol_error(const uint8_t *payload, size_t len)
{
	const struct cJSON *tree;
	const char *problem, *code;

	FUZZ_CHECK(json_parse((const char *)payload, len, &tree, &problem));
	return json_member(tree, "code") && json_get_string(json_member(tree, "code"), &code) &&
	       strcmp(code, "protocol_error") == 0;
}

static void check_output(const uint8_t *bytes, size_t len, uint64_t *offset)
{
	for (size_t i = 0; i < len; i++)
		FUZZ_CHECK(bytes[i] == (*offset + i) % WORK_PERIOD);
	*offset += len;
	FUZZ_REACHED("output of an operation");
}

/* Every frame is whole and good, and there is one answer for each request. */
static void check_got(void)
{
	const uint8_t *p = host.got.data;
	size_t left = host.got.len;
	uint64_t answers = 0, broken = 0, offset[2] = { 0, 0 };

	for (size_t n = 0; left; n++) {
		struct frame_header header;

		FUZZ_CHECK(frame_decode_header(p, left, &header) == FRAME_OK && header.length <= left - FRAME_HEADER_SIZE);
		FUZZ_CHECK((header.type == FRAME_HELLO) == (n == 0));
		FUZZ_CHECK(!broken);
		p += FRAME_HEADER_SIZE;
		if (header.type == FRAME_DATA)
			check_output(p, header.length, &offset[header.stream == FRAME_STDERR]);
		if (frame_type_is_json(header.type) && is_protocol_error(p, header.length))
			broken++;
		else if (header.type == FRAME_RESULT || header.type == FRAME_ERROR)
			answers++;
		if (header.type == FRAME_RESULT || header.type == FRAME_ERROR)
			offset[0] = offset[1] = 0;
		p += header.length;
		left -= FRAME_HEADER_SIZE + header.length;
	}
	FUZZ_CHECK(broken == agent.counters.protocol_errors);
	if (broken) {
		/* The last word is the answer of what was under way. */
		FUZZ_CHECK(agent.counters.requests - answers <= 1);
		return;
	}
	FUZZ_CHECK(answers + work.running == agent.counters.requests);
	if (!host.raw) {
		FUZZ_CHECK(agent.counters.requests == host.requests);
		FUZZ_REACHED("a host that keeps to the rules");
	}
}

static void begin(void)
{
	int fds[2], size = SOCKET_BYTES;
	struct conn *c;

	server = (struct server){ .agent = &agent, .calls = &work_calls };
	agent = (struct agent){ .server = &server, .scratch = { .max = FRAME_JSON_MAX }, .generation = "g", .boot_id = "b" };
	FUZZ_CHECK(loop_init(&agent.loop) == 0);
	agent.loop.after_turn = after_turn;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	memset(&work, 0, sizeof(work));
	memset(&host, 0, sizeof(host));
	host.fd = fds[0];
	host.got = BUF_INIT(GOT_MAX);
	FUZZ_CHECK(conn_new(&agent, fds[1], false, conn_on_ready, &c) == 0);
	hello_send(c);
	conn_flush_touched(&agent);
}

static void end(void)
{
	close_fd(&host.fd);
	for (int tries = 0; agent.server->connections; tries++) {
		FUZZ_CHECK(tries < 100);
		turn(10);
	}
	FUZZ_CHECK(!server.newest && !server.oldest && !server.dirty && server.bodies_bytes == 0 && !agent.loop.timers);
	FUZZ_CHECK(!work.running);
	loop_deinit(&agent.loop);
	buf_deinit(&agent.scratch);
	buf_deinit(&host.got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	run_script(data, size < SCRIPT_MAX ? size : SCRIPT_MAX);
	settle();
	if (agent.server->newest)
		check_conn(agent.server->newest);
	check_got();
	end();
	return 0;
}
