/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/bench/client.c common/frame.c common/io.c */
/*
 * bench_files SOCKET DIRECTORY LOAD MIB ROUNDS
 *
 * Ours: a file of MIB mebibytes in DIRECTORY read and written by requests. The reference, in turn with it: the same file by way of a
 * bare pump, a process that moves it between the file and a unix socket and does nothing else (sendfile out; in, 128 KiB at a time
 * into a new file that then replaces the old one). MiB/s, medians. Then a file of 4 KiB, state and all, on an open connection; beside
 * it the round trip of an exec of LOAD. Microseconds, medians.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io.h"
#include "tests/bench/bench.h"

#define CHUNK (128u << 10)
#define READ_SIZE (256u << 10)
#define ROUNDS_MAX 100
#define SMALL_ROUNDS 1000
#define SMALL_SIZE 4096
#define PATH_SIZE 4096

enum direction { OUT, IN };

static uint8_t chunk[READ_SIZE];

static void make_file(const char *path, uint64_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		bench_fail("the file can not be made");
	for (uint64_t done = 0; done < size; done += CHUNK)
		bench_write_all(fd, chunk, size - done < CHUNK ? (size_t)(size - done) : CHUNK);
	close(fd);
}

/* The child that is the bare pump. */
static _Noreturn void pump(enum direction direction, const char *path, int socket_fd)
{
	char temp[PATH_SIZE + 8];
	int fd;
	ssize_t n;

	snprintf(temp, sizeof(temp), "%s.new", path);
	fd = open(direction == OUT ? path : temp, (direction == OUT ? O_RDONLY : O_WRONLY | O_CREAT | O_EXCL) | O_CLOEXEC, 0600);

	if (fd < 0)
		_exit(EXIT_FAILURE);
	if (direction == OUT)
		while ((n = sendfile(socket_fd, fd, NULL, CHUNK)) > 0)
			;
	else
		while ((n = io_read(socket_fd, chunk, CHUNK)) > 0)
			bench_write_all(fd, chunk, (size_t)n);
	if (direction == IN && rename(temp, path) < 0)
		n = -1;
	_exit(n == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int64_t reference(const char *path, enum direction direction, uint64_t total)
{
	int64_t start = bench_now_ns();
	int sockets[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		bench_fail("socketpair");
	pid = fork();
	if (pid < 0)
		bench_fail("fork");
	if (pid == 0) {
		close(sockets[0]);
		pump(direction, path, sockets[1]);
	}
	close(sockets[1]);
	for (uint64_t moved = 0; moved < total;) {
		ssize_t n = CHUNK;

		if (direction == OUT)
			n = io_read(sockets[0], chunk, READ_SIZE);
		else
			bench_write_all(sockets[0], chunk, CHUNK);
		if (n <= 0)
			bench_fail("the pump ended early");
		moved += (uint64_t)n;
	}
	close(sockets[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_fail("the pump failed");
	return bench_now_ns() - start;
}

/* One request to its end: nanoseconds. total bytes go in its direction. */
static int64_t ours(struct client *c, const char *path, enum direction direction, uint64_t total)
{
	uint64_t left = direction == IN ? total : 0, received = 0, window = 0;
	struct frame_header header;
	const char *payload;
	char request[4096];
	int64_t start = bench_now_ns();

	snprintf(request, sizeof(request), "{\"op\": \"%s\", \"path\": \"%s\"}", direction == OUT ? "file_read" : "file_write", path);
	client_send(c, FRAME_REQUEST, 0, request, strlen(request));
	do {
		payload = client_next(c, &header);
		if (header.type == FRAME_ERROR)
			bench_fail(payload);
		if (header.type == FRAME_DATA)
			received += header.length;
		window += client_granted(&header, payload);
		client_send_granted(c, chunk, CHUNK, &window, &left);
	} while (header.type != FRAME_RESULT);
	if (left > 0 || (direction == OUT && received != total))
		bench_fail("not all bytes arrived");
	return bench_now_ns() - start;
}

static void bench_streams(const char *socket_path, const char *path, double mib, size_t rounds)
{
	static const char *const names[] = { [OUT] = "file_read", [IN] = "file_write" };
	int64_t mine[ROUNDS_MAX], theirs[ROUNDS_MAX];
	uint64_t total = (uint64_t)mib << 20;
	struct client c;

	client_open(&c, socket_path);
	for (int direction = OUT; direction <= IN; direction++) {
		for (size_t i = 0; i < rounds; i++) {
			mine[i] = ours(&c, path, (enum direction)direction, total);
			theirs[i] = reference(path, (enum direction)direction, total);
		}
		bench_row(names[direction], mib * 1e9 / (double)bench_percentile(mine, rounds, 50),
			  mib * 1e9 / (double)bench_percentile(theirs, rounds, 50), "MiB/s");
	}
	client_close(&c);
}

static void bench_small(const char *socket_path, const char *path, const char *load, size_t rounds)
{
	static int64_t mine[SMALL_ROUNDS], theirs[SMALL_ROUNDS];
	char request[4096];
	struct client c;

	client_exec_request(load, request, sizeof(request));
	client_open(&c, socket_path);
	/* The first one makes the worker. */
	ours(&c, path, OUT, SMALL_SIZE);
	for (size_t i = 0; i < rounds; i++) {
		mine[i] = ours(&c, path, OUT, SMALL_SIZE);
		theirs[i] = client_exec_once(socket_path, request);
	}
	bench_row("file_read_4k", (double)bench_percentile(mine, rounds, 50) / 1e3,
		  (double)bench_percentile(theirs, rounds, 50) / 1e3, "us");
	client_close(&c);
}

int main(int argc, char **argv)
{
	char path[PATH_SIZE];
	size_t rounds;
	double mib;

	if (argc != 6)
		bench_fail("usage: bench_files SOCKET DIRECTORY LOAD MIB ROUNDS");
	mib = strtod(argv[4], NULL);
	rounds = strtoul(argv[5], NULL, 10);
	if (mib < 1 || rounds < 1 || rounds > ROUNDS_MAX)
		bench_fail("at least 1 MiB, and 1 to 100 rounds");
	snprintf(path, sizeof(path), "%s/file", argv[2]);
	make_file(path, (uint64_t)mib << 20);
	bench_streams(argv[1], path, mib, rounds);
	make_file(path, SMALL_SIZE);
	bench_small(argv[1], path, argv[3], rounds * 10 < SMALL_ROUNDS ? rounds * 10 : SMALL_ROUNDS);
	unlink(path);
	return EXIT_SUCCESS;
}
