/* SPDX-License-Identifier: Apache-2.0 */
/* links: host/lib/conn.c host/lib/answer.c host/lib/connect.c host/lib/request.c host/lib/dial.c host/lib/address.c host/lib/error.c host/lib/json.c */
/* links: host/lib/exec_frames.c host/lib/exec_run.c host/lib/exec_input.c host/lib/exec_again.c host/lib/execs.c */
/* links: host/lib/exec.c host/lib/exec_format.c host/lib/output.c common/frame.c common/io.c common/buf.c */
/* links: common/json_scan.c CJSON */
/*
 * pith_exec() as a C program uses it: callbacks, kill and detach from elsewhere, sinks that fail. The agent is a child
 * with a script.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "host/lib/conn.h"
#include "host/lib/output.h"
#include "tests/harness/tap.h"

static const char *const argv[] = { "program", NULL };

static void say(int peer, char type, uint8_t stream, const char *payload)
{
	struct frame_header header = {
		.length = (uint32_t)strlen(payload),
		.type = (enum frame_type)type,
		.stream = stream,
	};
	uint8_t bytes[FRAME_HEADER_SIZE];

	frame_encode_header(&header, bytes);
	REQUIRE(send(peer, bytes, sizeof(bytes), MSG_NOSIGNAL) == sizeof(bytes));
	REQUIRE(send(peer, payload, header.length, MSG_NOSIGNAL) == (ssize_t)header.length);
}

/* The next frame; its type, or 0 at the end. The payload ends with a NUL. */
static char hear(int peer, char *payload, size_t size)
{
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct frame_header header = { .length = 0 };

	if (recv(peer, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
		return 0;
	REQUIRE_INT(frame_decode_header(bytes, sizeof(bytes), &header), ==, FRAME_OK);
	REQUIRE(header.length < size);
	if (header.length > 0)
		REQUIRE(recv(peer, payload, header.length, MSG_WAITALL) == (ssize_t)header.length);
	payload[header.length] = '\0';
	return (char)header.type;
}

struct agent {
	pid_t pid;
	struct pith_conn *conn;
};

/* The child plays the agent on its end and exits with 0 where it heard what it wanted to hear. */
static struct agent start_agent(void (*script)(int peer))
{
	struct agent agent;
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	agent.pid = fork();
	REQUIRE(agent.pid >= 0);
	if (agent.pid == 0) {
		char request[4096];

		close(fds[0]);
		REQUIRE_INT(hear(fds[1], request, sizeof(request)), ==, 'Q');
		say(fds[1], 'V', 0, "{\"event\":\"started\",\"id\":\"e1\",\"pid\":7,\"window_bytes\":10}");
		script(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	/* As the sockets of dial() are. */
	REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
	agent.conn = conn_new(fds[0], "unix:/test");
	REQUIRE(agent.conn != NULL);
	agent.conn->hello.json_bytes = FRAME_JSON_MAX;
	return agent;
}

static void end_agent(struct agent *agent)
{
	int status;

	pith_close(agent->conn);
	REQUIRE(waitpid(agent->pid, &status, 0) == agent->pid);
	CHECK_INT(status, ==, 0);
}

static void require(bool held)
{
	if (!held)
		_exit(1);
}

struct collected {
	char text[64];
	size_t len;
	struct pith_conn *conn;
	int answer;
};

static int collect(void *user, const void *data, size_t size)
{
	struct collected *c = user;

	if (c->answer != 0)
		return c->answer;
	REQUIRE(c->len + size < sizeof(c->text));
	memcpy(c->text + c->len, data, size);
	c->len += size;
	return 0;
}

static ssize_t count_down(void *user, void *buf, size_t size)
{
	int *left = user;

	if (*left == 0)
		return 0;
	size = size < 4 ? size : 4;
	memset(buf, '0' + *left, size);
	(*left)--;
	return (ssize_t)size;
}

static void echo_script(int peer)
{
	char payload[64], all[64] = "";
	char type;

	/* Ten bytes were granted; four more wait for the window. */
	while (strlen(all) < 10) {
		require(hear(peer, payload, sizeof(payload)) == 'D');
		strcat(all, payload);
	}
	say(peer, 'W', 0, "\4\1\1\1");
	while ((type = hear(peer, payload, sizeof(payload))) == 'D')
		strcat(all, payload);
	require(type == 'Z');
	say(peer, 'D', 1, all);
	say(peer, 'D', 2, "err");
	say(peer, 'Z', 1, "");
	say(peer, 'R', 0, "{\"id\":\"e1\",\"cause\":\"exited\",\"code\":3}");
}

TEST(input_and_outputs_may_be_callbacks)
{
	struct agent agent = start_agent(echo_script);
	struct collected out = { .len = 0 }, errors = { .len = 0 };
	struct pith_exit_record record;
	struct pith_error err;
	int left = 4;
	struct pith_exec_options options = {
		.argv = argv,
		.input = { .kind = PITH_STREAM_CALLBACK, .read = count_down, .user = &left },
		.output = { .kind = PITH_STREAM_CALLBACK, .write = collect, .user = &out },
		.errors = { .kind = PITH_STREAM_CALLBACK, .write = collect, .user = &errors },
	};

	CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_OK);
	CHECK_INT(record.code, ==, 3);
	CHECK_STR(out.text, "44443333221111");
	CHECK_STR(errors.text, "err");
	CHECK_STR(pith_result_json(agent.conn), "{\"id\":\"e1\",\"cause\":\"exited\",\"code\":3}");
	end_agent(&agent);
}

static int act_on_output(void *user, const void *data, size_t size)
{
	struct collected *c = user;

	(void)data;
	(void)size;
	/* What a handler or another thread would do, at a moment when the program runs for certain. */
	if (c->answer == SIGUSR1)
		return pith_exec_signal(c->conn, SIGUSR1);
	return c->answer ? pith_exec_kill(c->conn) : pith_exec_detach(c->conn);
}

static enum pith_code run_and_act(void (*script)(int peer), int what, struct pith_exit_record *record)
{
	struct agent agent = start_agent(script);
	struct collected c = { .conn = agent.conn, .answer = what };
	struct pith_error err;
	struct pith_exec_options options = {
		.argv = argv,
		.output = { .kind = PITH_STREAM_CALLBACK, .write = act_on_output, .user = &c },
	};
	enum pith_code code = pith_exec(agent.conn, &options, record, &err);

	end_agent(&agent);
	return code;
}

static void signal_script(int peer)
{
	char payload[128];

	say(peer, 'D', 1, "x");
	require(hear(peer, payload, sizeof(payload)) == 'V');
	require(strcmp(payload, "{\"event\":\"signal\",\"signal\":10}") == 0);
	say(peer, 'R', 0, "{\"id\":\"e1\",\"cause\":\"signaled\",\"signal_number\":10,\"signal\":\"SIGUSR1\"}");
}

static void kill_script(int peer)
{
	char payload[128];

	say(peer, 'D', 1, "x");
	require(hear(peer, payload, sizeof(payload)) == 'V');
	require(strcmp(payload, "{\"event\":\"kill\"}") == 0);
	say(peer, 'R', 0, "{\"id\":\"e1\",\"cause\":\"killed\",\"signal_number\":9,\"signal\":\"SIGKILL\"}");
}

static void detach_script(int peer)
{
	char payload[128];

	say(peer, 'D', 1, "x");
	require(hear(peer, payload, sizeof(payload)) == 'V');
	require(strcmp(payload, "{\"event\":\"detach\"}") == 0);
	say(peer, 'R', 0, "{\"id\":\"e1\",\"detached\":true}");
}

TEST(signal_kill_and_detach_reach_the_running_program)
{
	struct pith_exit_record record;

	CHECK_INT(run_and_act(signal_script, SIGUSR1, &record), ==, PITH_OK);
	CHECK_INT(record.cause, ==, PITH_CAUSE_SIGNALED);
	CHECK_INT(record.signal_number, ==, SIGUSR1);
	CHECK_INT(run_and_act(kill_script, 1, &record), ==, PITH_OK);
	CHECK_INT(record.cause, ==, PITH_CAUSE_KILLED);
	CHECK_INT(run_and_act(detach_script, 0, &record), ==, PITH_OK);
	CHECK_INT(record.cause, ==, PITH_CAUSE_DETACHED);
	CHECK_STR(record.id, "e1");
}

TEST(a_sink_that_fails_kills_the_tree_and_its_record_still_comes)
{
	static const struct {
		int answer;
		int os_errno;
	} cases[] = { { -ENOSPC, ENOSPC }, { -EAGAIN, EIO } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct agent agent = start_agent(kill_script);
		struct collected out = { .answer = cases[i].answer };
		struct pith_exit_record record;
		struct pith_error err;
		struct pith_exec_options options = {
			.argv = argv,
			.output = { .kind = PITH_STREAM_CALLBACK, .write = collect, .user = &out },
		};

		CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_OUTPUT_FAILED);
		CHECK_INT(err.os_errno, ==, cases[i].os_errno);
		CHECK_INT(record.cause, ==, PITH_CAUSE_KILLED);
		end_agent(&agent);
	}
}

static void silent_script(int peer)
{
	char payload[128];

	say(peer, 'D', 1, "x");
	require(hear(peer, payload, sizeof(payload)) == 0);
}

TEST(a_sink_that_fails_leaves_the_program_alone_where_it_is_kept)
{
	struct agent agent = start_agent(silent_script);
	struct collected out = { .answer = -EPIPE };
	struct pith_exit_record record;
	struct pith_error err;
	struct pith_exec_options options = {
		.argv = argv,
		.on_disconnect = PITH_DISCONNECT_KEEP,
		.output = { .kind = PITH_STREAM_CALLBACK, .write = collect, .user = &out },
	};

	CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_OUTPUT_FAILED);
	CHECK_INT(record.cause, ==, PITH_CAUSE_NONE);
	CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_LOST);
	end_agent(&agent);
}

static void gone_script(int peer)
{
	say(peer, 'D', 1, "x");
}

TEST(a_sentence_about_the_first_failure_is_not_replaced_by_the_next)
{
	struct agent agent = start_agent(gone_script);
	struct collected out = { .answer = -ENOSPC };
	struct pith_exit_record record;
	struct pith_error err;
	struct pith_exec_options options = {
		.argv = argv,
		.output = { .kind = PITH_STREAM_CALLBACK, .write = collect, .user = &out },
	};

	CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_OUTPUT_FAILED);
	CHECK_STR(err.message, "cannot write the program's stdout: No space left on device");
	end_agent(&agent);
}

TEST(options_that_name_no_program_are_refused_and_numbers_that_are_no_signal_too)
{
	struct agent agent = start_agent(gone_script);
	static const char *const nothing[] = { NULL };
	struct pith_exec_options options = { .argv = nothing };
	struct pith_exit_record record;
	struct pith_error err;

	CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_BAD_ARGUMENT);
	options.argv = NULL;
	CHECK_INT(pith_exec(agent.conn, &options, &record, NULL), ==, PITH_BAD_ARGUMENT);
	CHECK_INT(pith_exec_signal(agent.conn, 0), ==, -EINVAL);
	CHECK_INT(pith_exec_signal(agent.conn, 65), ==, -EINVAL);
	/* The connection is still good: its script waits for a request, and gets one. */
	options.argv = argv;
	CHECK_INT(pith_exec(agent.conn, &options, &record, &err), ==, PITH_LOST);
	end_agent(&agent);
}

TEST(a_blocking_pipe_is_filled_and_never_blocked_on)
{
	static const char block[60000];	/* not a divisor of what a pipe holds */
	int fds[2];
	ssize_t n, total = 0;

	REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
	struct pith_sink sink = { .kind = PITH_STREAM_FD, .fd = fds[1] };
	struct output output;

	output_init(&output, &sink);
	/* Whatever a pipe holds here, it is less than this. */
	while ((n = output_write(&output, block, sizeof(block))) > 0 && total < 64 << 20)
		total += n;
	CHECK_INT(n, ==, -EAGAIN);
	CHECK_INT(total, >=, 4096);
	CHECK_INT(fcntl(fds[1], F_GETFL) & O_NONBLOCK, ==, 0);
	close(fds[0]);
	close(fds[1]);
}
