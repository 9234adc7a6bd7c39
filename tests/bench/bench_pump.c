/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/bench/client.c common/frame.c common/io.c */
/*
 * bench_pump SOCKET LOAD MIB ROUNDS
 *
 * Ours: a stream of MIB mebibytes out of, then into a program that the agent runs (LOAD is load_bytes). The reference, in turn with
 * it: the same program behind a bare pump, a process that moves 64 KiB at a time between its pipe and a unix socket and does
 * nothing else. MiB/s, medians.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/bench/bench.h"

#define CHUNK (64u << 10)
#define READ_SIZE (256u << 10)	/* what the client reads at once, ours and the reference's */
#define ROUNDS_MAX 100

enum direction { OUT, IN };

static uint8_t chunk[READ_SIZE];

/* The child that is the bare pump: everything from one fd to the other. */
static _Noreturn void pump(int from, int to)
{
	ssize_t n;

	while ((n = io_read(from, chunk, CHUNK)) > 0)
		bench_write_all(to, chunk, (size_t)n);
	_exit(n == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static pid_t start_load(const char *load, enum direction direction, const char *bytes, int pipe_fd)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_fail("fork");
	if (pid == 0) {
		dup2(pipe_fd, direction == OUT ? STDOUT_FILENO : STDIN_FILENO);
		execl(load, load, direction == OUT ? "source" : "sink", direction == OUT ? bytes : NULL, NULL);
		_exit(127);
	}
	return pid;
}

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_fail("a process of the reference failed");
}

static int64_t reference(const char *load, enum direction direction, const char *bytes)
{
	uint64_t total = strtoull(bytes, NULL, 10);
	int64_t start = bench_now_ns();
	int sockets[2];
	int pipes[2];
	pid_t load_pid;
	pid_t pump_pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0 || pipe2(pipes, O_CLOEXEC) < 0)
		bench_fail("socketpair");
	load_pid = start_load(load, direction, bytes, pipes[direction == OUT ? 1 : 0]);
	pump_pid = fork();
	if (pump_pid < 0)
		bench_fail("fork");
	if (pump_pid == 0) {
		close(sockets[0]);
		close(pipes[direction == OUT ? 1 : 0]);
		pump(direction == OUT ? pipes[0] : sockets[1], direction == OUT ? sockets[1] : pipes[1]);
	}
	close(sockets[1]);
	close(pipes[0]);
	close(pipes[1]);
	for (uint64_t moved = 0; moved < total;) {
		if (direction == OUT) {
			ssize_t n = io_read(sockets[0], chunk, READ_SIZE);

			if (n <= 0)
				bench_fail("the pump ended early");
			moved += (uint64_t)n;
		} else {
			bench_write_all(sockets[0], chunk, CHUNK);
			moved += CHUNK;
		}
	}
	close(sockets[0]);
	wait_for(pump_pid);
	wait_for(load_pid);
	return bench_now_ns() - start;
}

static int64_t ours(const char *path, const char *load, enum direction direction, const char *bytes)
{
	uint64_t left = direction == IN ? strtoull(bytes, NULL, 10) : 0;
	uint64_t received = 0;
	uint64_t window = 0;
	struct frame_header header;
	const char *payload;
	char request[4096];
	struct client c;
	int64_t start;
	int64_t end;

	if (direction == OUT)
		snprintf(request, sizeof(request), "{\"op\": \"exec\", \"argv\": [\"%s\", \"source\", \"%s\"]}", load, bytes);
	else
		snprintf(request, sizeof(request), "{\"op\": \"exec\", \"argv\": [\"%s\", \"sink\"], \"stdin\": true}", load);
	client_open(&c, path);
	start = bench_now_ns();
	client_send(&c, FRAME_REQUEST, 0, request, strlen(request));
	do {
		payload = client_next(&c, &header);
		if (header.type == FRAME_ERROR)
			bench_fail(payload);
		if (header.type == FRAME_DATA)
			received += header.length;
		window += client_granted(&header, payload);
		client_send_granted(&c, chunk, CHUNK, &window, &left);
	} while (header.type != FRAME_RESULT);
	end = bench_now_ns();
	client_check_record(payload);
	if (left > 0 || (direction == OUT && received != strtoull(bytes, NULL, 10)))
		bench_fail("not all bytes arrived");
	client_close(&c);
	return end - start;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { [OUT] = "stdout_pump", [IN] = "stdin_pump" };
	int64_t mine[ROUNDS_MAX];
	int64_t theirs[ROUNDS_MAX];
	char bytes[32];
	size_t rounds;
	double mib;

	if (argc != 5)
		bench_fail("usage: bench_pump SOCKET LOAD MIB ROUNDS");
	mib = strtod(argv[3], NULL);
	rounds = strtoul(argv[4], NULL, 10);
	if (mib < 1 || rounds < 1 || rounds > ROUNDS_MAX)
		bench_fail("at least 1 MiB, and 1 to 100 rounds");
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)mib << 20);
	for (int direction = OUT; direction <= IN; direction++) {
		for (size_t i = 0; i < rounds; i++) {
			mine[i] = ours(argv[1], argv[2], (enum direction)direction, bytes);
			theirs[i] = reference(argv[2], (enum direction)direction, bytes);
		}
		bench_row(names[direction], mib * 1e9 / (double)bench_percentile(mine, rounds, 50),
			  mib * 1e9 / (double)bench_percentile(theirs, rounds, 50), "MiB/s");
	}
	return EXIT_SUCCESS;
}
