/* SPDX-License-Identifier: Apache-2.0 */
/* links: tests/bench/client.c common/frame.c common/io.c */
/*
 * bench_many SOCKET PROGRAM CONNECTIONS MILLISECONDS [load]
 *
 * Ours: execs per second of PROGRAM with that many connections, each of which asks for the next one when it has the record. The
 * reference, before it: as many children at a time by vfork, exec and wait, here. With `load` neither is told: it is for tests that
 * want the work done.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define CONNECTIONS_MAX 256

extern char **environ;

static void start_child(const char *program)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	pid_t pid = vfork();

	if (pid < 0)
		bench_fail("vfork");
	if (pid == 0) {
		execve(program, argv, environ);
		_exit(127);
	}
}

static double per_second(long count, int64_t start_ns)
{
	return (double)count * 1e9 / (double)(bench_now_ns() - start_ns);
}

static double reference(const char *program, int count, int64_t duration_ns)
{
	int64_t start = bench_now_ns();
	long done = 0;
	int status;

	for (int i = 0; i < count; i++)
		start_child(program);
	while (bench_now_ns() - start < duration_ns) {
		if (wait(&status) < 0 || status != 0)
			bench_fail("the program failed");
		done++;
		start_child(program);
	}
	for (int i = 0; i < count; i++)
		if (wait(&status) < 0 || status != 0)
			bench_fail("the program failed");
	return per_second(done + count, start);
}

/* Reads frames up to the record, which is about to come. */
static void finish_one(struct client *c)
{
	struct frame_header header;
	const char *payload;

	do {
		payload = client_next(c, &header);
		if (header.type == FRAME_ERROR)
			bench_fail(payload);
	} while (header.type != FRAME_RESULT);
	client_check_record(payload);
}

static double ours(const char *path, const char *request, int count, int64_t duration_ns)
{
	static struct client clients[CONNECTIONS_MAX];
	struct pollfd fds[CONNECTIONS_MAX];
	long done = 0;
	int64_t start;

	for (int i = 0; i < count; i++) {
		client_open(&clients[i], path);
		fds[i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
	}
	start = bench_now_ns();
	for (int i = 0; i < count; i++)
		client_send(&clients[i], FRAME_REQUEST, 0, request, strlen(request));
	while (bench_now_ns() - start < duration_ns) {
		if (poll(fds, (nfds_t)count, 1000) <= 0)
			bench_fail("no answer for a second");
		for (int i = 0; i < count; i++) {
			if (!fds[i].revents)
				continue;
			finish_one(&clients[i]);
			done++;
			client_send(&clients[i], FRAME_REQUEST, 0, request, strlen(request));
		}
	}
	for (int i = 0; i < count; i++)
		finish_one(&clients[i]);
	done += count;
	double rate = per_second(done, start);

	for (int i = 0; i < count; i++)
		client_close(&clients[i]);
	return rate;
}

int main(int argc, char **argv)
{
	char request[4096];
	char name[32];
	int64_t duration_ns;
	bool load = argc == 6 && strcmp(argv[5], "load") == 0;
	double theirs;
	int count;

	if (argc != 5 && !load)
		bench_fail("usage: bench_many SOCKET PROGRAM CONNECTIONS MILLISECONDS [load]");
	count = atoi(argv[3]);
	duration_ns = strtoll(argv[4], NULL, 10) * 1000000;
	if (count < 1 || count > CONNECTIONS_MAX || duration_ns < 1)
		bench_fail("connections: 1 to 256; milliseconds: at least 1");
	client_exec_request(argv[2], request, sizeof(request));
	snprintf(name, sizeof(name), "many_%d", count);
	if (load) {
		ours(argv[1], request, count, duration_ns);
		return EXIT_SUCCESS;
	}
	theirs = reference(argv[2], count, duration_ns);
	bench_row(name, ours(argv[1], request, count, duration_ns), theirs, "execs/s");
	return EXIT_SUCCESS;
}
