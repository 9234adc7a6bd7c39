/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/bench/client.c common/frame.c common/io.c */
/*
 * bench_exec SOCKET PROGRAM ROUNDS
 *
 * Ours: connect, hello, exec of PROGRAM, exit record, close. The reference, in turn with it: vfork, exec and wait of the same program
 * here, and two round trips of a byte over a unix socket to a process that echoes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io.h"
#include "tests/bench/bench.h"

#define WARM_UP 50	/* rounds that are not counted */
#define ROUNDS_MAX 100000

extern char **environ;

static int start_echo(void)
{
	int pair[2];
	pid_t pid;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		bench_fail("socketpair");
	pid = fork();
	if (pid < 0)
		bench_fail("fork");
	if (pid == 0) {
		close(pair[0]);
		while (io_read(pair[1], &byte, 1) == 1)
			if (io_write(pair[1], &byte, 1) != 1)
				break;
		_exit(EXIT_SUCCESS);
	}
	close(pair[1]);
	return pair[0];
}

static void round_trip(int fd)
{
	char byte = 'x';

	if (io_write(fd, &byte, 1) != 1 || io_read(fd, &byte, 1) != 1)
		bench_fail("echo");
}

static int64_t reference(int echo, const char *program)
{
	int64_t start = bench_now_ns();
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	int status;
	pid_t pid;

	round_trip(echo);
	pid = vfork();
	if (pid < 0)
		bench_fail("vfork");
	if (pid == 0) {
		execve(program, argv, environ);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_fail("the program failed");
	round_trip(echo);
	return bench_now_ns() - start;
}

int main(int argc, char **argv)
{
	static int64_t mine[ROUNDS_MAX];
	static int64_t theirs[ROUNDS_MAX];
	char request[4096];
	size_t rounds;
	int echo;

	if (argc != 4)
		bench_fail("usage: bench_exec SOCKET PROGRAM ROUNDS");
	rounds = strtoul(argv[3], NULL, 10);
	if (rounds < 1 || rounds > ROUNDS_MAX)
		bench_fail("rounds: 1 to 100000");
	client_exec_request(argv[2], request, sizeof(request));
	echo = start_echo();
	for (size_t i = 0; i < WARM_UP + rounds; i++) {
		size_t at = i < WARM_UP ? 0 : i - WARM_UP;

		mine[at] = client_exec_once(argv[1], request);
		theirs[at] = reference(echo, argv[2]);
	}
	bench_row("exec_p50", (double)bench_percentile(mine, rounds, 50) / 1000, (double)bench_percentile(theirs, rounds, 50) / 1000, "us");
	bench_row("exec_p99", (double)bench_percentile(mine, rounds, 99) / 1000, (double)bench_percentile(theirs, rounds, 99) / 1000, "us");
	close(echo);
	wait(NULL);
	return EXIT_SUCCESS;
}
