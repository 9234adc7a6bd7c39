/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/bench/client.c common/frame.c common/io.c */
/*
 * bench_ga SOCKET GA-SOCKET PROGRAM ROUNDS
 *
 * Ours: connect, hello, exec, exit record, close. The reference, in turn with it: guest-exec of qemu-guest-agent over a connection that
 * stays, and guest-exec-status again and again without a pause until the program has ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "tests/bench/bench.h"

#define WARM_UP 20	/* rounds that are not counted */
#define ROUNDS_MAX 100000
#define ANSWER 65536

/* One command, one line back. */
static const char *ask(int fd, const char *command)
{
	static char answer[ANSWER];
	size_t used = 0;

	if (io_write(fd, command, strlen(command)) != (ssize_t)strlen(command))
		bench_fail("qemu-ga: write");
	do {
		ssize_t n = io_read(fd, answer + used, sizeof(answer) - 1 - used);

		if (n <= 0)
			bench_fail("qemu-ga closed");
		used += (size_t)n;
	} while (answer[used - 1] != '\n' && used < sizeof(answer) - 1);
	answer[used] = '\0';
	if (!strstr(answer, "\"return\""))
		bench_fail(answer);
	return answer;
}

static int64_t reference(int fd, const char *start_command)
{
	int64_t start = bench_now_ns();
	const char *pid = strstr(ask(fd, start_command), "\"pid\":");
	long number = pid ? strtol(pid + strlen("\"pid\":"), NULL, 10) : 0;
	char command[128];
	const char *status;

	if (number <= 0)
		bench_fail("qemu-ga told no pid");
	snprintf(command, sizeof(command), "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%ld}}\n", number);
	do
		status = ask(fd, command);
	while (!strstr(status, "\"exited\": true") && !strstr(status, "\"exited\":true"));
	if (!strstr(status, "\"exitcode\": 0") && !strstr(status, "\"exitcode\":0"))
		bench_fail(status);
	return bench_now_ns() - start;
}

int main(int argc, char **argv)
{
	static int64_t mine[ROUNDS_MAX];
	static int64_t theirs[ROUNDS_MAX];
	char request[4096];
	char command[4096];
	size_t rounds;
	int ga;

	if (argc != 5)
		bench_fail("usage: bench_ga SOCKET GA-SOCKET PROGRAM ROUNDS");
	rounds = strtoul(argv[4], NULL, 10);
	if (rounds < 1 || rounds > ROUNDS_MAX)
		bench_fail("rounds: 1 to 100000");
	client_exec_request(argv[3], request, sizeof(request));
	snprintf(command, sizeof(command),
		 "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"%s\",\"capture-output\":true}}\n", argv[3]);
	ga = bench_connect(argv[2]);
	for (size_t i = 0; i < WARM_UP + rounds; i++) {
		size_t at = i < WARM_UP ? 0 : i - WARM_UP;

		mine[at] = client_exec_once(argv[1], request);
		theirs[at] = reference(ga, command);
	}
	bench_row("ga_p50", (double)bench_percentile(mine, rounds, 50) / 1000, (double)bench_percentile(theirs, rounds, 50) / 1000, "us");
	bench_row("ga_p99", (double)bench_percentile(mine, rounds, 99) / 1000, (double)bench_percentile(theirs, rounds, 99) / 1000, "us");
	close(ga);
	return EXIT_SUCCESS;
}
