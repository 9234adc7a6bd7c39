/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the bench's end of a connection. It knows as little as it can: the point is to measure the other end.
 *
 * Never: goes on after something unexpected; a figure of a failed run is worse than none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "tests/bench/bench.h"

/* One read takes what several D frames carry, as a real client would. */
#define BUFFER (FRAME_JSON_MAX + FRAME_HEADER_SIZE + 2)
#define FIRST 1u	/* the byte before it is spare: client_next() moves a text down by one */

void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s (errno %d: %s)\n", what, errno, strerror(errno));
	exit(EXIT_FAILURE);
}

int64_t bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const int64_t *l = a;
	const int64_t *r = b;

	return (*l > *r) - (*l < *r);
}

int64_t bench_percentile(int64_t *samples, size_t count, unsigned int percent)
{
	qsort(samples, count, sizeof(samples[0]), compare);
	return samples[(count - 1) * percent / 100];
}

void bench_row(const char *name, double ours, double reference, const char *unit)
{
	printf("%s\t%.3f\t%.3f\t%s\n", name, ours, reference, unit);
	fflush(stdout);
}

int bench_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		bench_fail("socket path too long");
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		bench_fail("connect");
	return fd;
}

void client_open(struct client *c, const char *path)
{
	struct frame_header header;

	*c = (struct client){ .fd = bench_connect(path), .data = malloc(BUFFER) };
	if (!c->data)
		bench_fail("no memory");
	client_next(c, &header);
	if (header.type != FRAME_HELLO)
		bench_fail("no hello");
}

void client_close(struct client *c)
{
	close(c->fd);
	free(c->data);
}

void client_send(struct client *c, enum frame_type type, uint8_t stream, const void *payload, size_t len)
{
	struct frame_header header = { .length = (uint32_t)len, .type = type, .stream = stream };
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct iovec iov[2] = { { bytes, sizeof(bytes) }, { (void *)(uintptr_t)payload, len } };
	size_t left = sizeof(bytes) + len;

	frame_encode_header(&header, bytes);
	while (left > 0) {
		ssize_t n = io_writev(c->fd, iov, 2);

		if (n < 0)
			bench_fail("write");
		left -= (size_t)n;
		for (int i = 0; i < 2; i++) {
			size_t part = (size_t)n < iov[i].iov_len ? (size_t)n : iov[i].iov_len;

			iov[i].iov_base = (uint8_t *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			n -= (ssize_t)part;
		}
	}
}

/* Makes at least `size` bytes available. */
static void fill(struct client *c, size_t size)
{
	if (c->start == c->end)
		c->start = c->end = FIRST;
	if (BUFFER - c->start <= size) {
		memmove(c->data + FIRST, c->data + c->start, c->end - c->start);
		c->end -= c->start - FIRST;
		c->start = FIRST;
	}
	while (c->end - c->start < size) {
		ssize_t n = io_read(c->fd, c->data + c->end, BUFFER - c->end);

		if (n <= 0)
			bench_fail("the agent closed");
		c->end += (size_t)n;
	}
}

static void drop(struct client *c, size_t size)
{
	while (size > 0) {
		size_t part = c->end - c->start;

		if (part == 0) {
			fill(c, 1);
			continue;
		}
		if (part > size)
			part = size;
		c->start += part;
		size -= part;
	}
}

const char *client_next(struct client *c, struct frame_header *ret_header)
{
	uint8_t *payload;

	fill(c, FRAME_HEADER_SIZE);
	if (frame_decode_header(c->data + c->start, FRAME_HEADER_SIZE, ret_header) != FRAME_OK)
		bench_fail("bad header");
	c->start += FRAME_HEADER_SIZE;
	if (ret_header->type == FRAME_DATA) {
		drop(c, ret_header->length);
		return "";
	}
	fill(c, ret_header->length);
	/* The text moves one byte down, over its own header, to make room for the NUL. */
	payload = c->data + c->start - 1;
	memmove(payload, payload + 1, ret_header->length);
	payload[ret_header->length] = '\0';
	c->start += ret_header->length;
	return (const char *)payload;
}

uint64_t client_granted(const struct frame_header *header, const char *payload)
{
	const char *found = header->type == FRAME_EVENT ? strstr(payload, "\"window_bytes\":") : NULL;
	uint8_t raw[4];

	if (found)
		return strtoull(strchr(found, ':') + 1, NULL, 10);
	if (header->type != FRAME_WINDOW)
		return 0;
	memcpy(raw, payload, sizeof(raw));
	return frame_get_u32(raw);
}

void client_send_granted(struct client *c, const uint8_t *chunk, size_t size, uint64_t *window, uint64_t *left)
{
	while (*window > 0 && *left > 0) {
		size_t n = *left < size ? (size_t)*left : size;

		if (n > *window)
			n = (size_t)*window;
		client_send(c, FRAME_DATA, FRAME_STDIN, chunk, n);
		*window -= n;
		*left -= n;
		if (*left == 0)
			client_send(c, FRAME_END, FRAME_STDIN, NULL, 0);
	}
}

void client_check_record(const char *json)
{
	if (!strstr(json, "\"exited\"") || !strstr(json, "\"code\":0"))
		bench_fail(json);
}

void client_exec_request(const char *program, char *text, size_t size)
{
	snprintf(text, size, "{\"op\": \"exec\", \"argv\": [\"%s\"]}", program);
}

int64_t client_exec_once(const char *path, const char *request)
{
	int64_t start = bench_now_ns();
	struct frame_header header;
	const char *payload;
	struct client c;
	int64_t end;

	client_open(&c, path);
	client_send(&c, FRAME_REQUEST, 0, request, strlen(request));
	do {
		payload = client_next(&c, &header);
		if (header.type == FRAME_ERROR)
			bench_fail(payload);
	} while (header.type != FRAME_RESULT);
	end = bench_now_ns();
	client_check_record(payload);
	client_close(&c);
	return end - start;
}

void bench_write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = io_write(fd, data, len);

		if (n < 0)
			_exit(EXIT_FAILURE);
		data += n;
		len -= (size_t)n;
	}
}
