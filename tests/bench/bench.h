/* SPDX-License-Identifier: Apache-2.0 */
/* What the bench programs share: a client that is nothing but frames, and statistics. Anything unexpected ends the program. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/frame.h"

/* Prints the sentence and exits. */
_Noreturn void bench_fail(const char *what);

int64_t bench_now_ns(void);

/* Sorts the samples; percent 50 is the median. */
int64_t bench_percentile(int64_t *samples, size_t count, unsigned int percent);

/* A line for the table: name, ours, reference, unit. tests/bench/run reads it. */
void bench_row(const char *name, double ours, double reference, const char *unit);

struct client {
	int fd;
	uint8_t *data;	/* what was read and not yet consumed lies at [start, end) */
	size_t start;
	size_t end;
};

/* Connects to a unix socket. */
int bench_connect(const char *path);

/* Connects and reads the hello. */
void client_open(struct client *c, const char *path);
void client_close(struct client *c);

/* Sends a frame; the payload is copied behind the header, so it goes out in one write. */
void client_send(struct client *c, enum frame_type type, uint8_t stream, const void *payload, size_t len);

/*
 * The next frame. JSON and windows come whole, ended by a NUL, valid until the next call; of D frames the payload is dropped as
 * it comes in, so that a large one costs no copy.
 */
const char *client_next(struct client *c, struct frame_header *ret_header);

/* What a frame grants of an upload: 0 for most. */
uint64_t client_granted(const struct frame_header *header, const char *payload);

/* As much of what is left as the window allows, chunk for chunk (of that size), and the end behind the last. */
void client_send_granted(struct client *c, const uint8_t *chunk, size_t size, uint64_t *window, uint64_t *left);

/* Ends the program unless the payload of R tells that the exec exited with 0. */
void client_check_record(const char *json);

/* Connect, hello, the request, its exit record, close: nanoseconds from the first to the record. */
int64_t client_exec_once(const char *path, const char *request);

/* The request to run a program and nothing else. */
void client_exec_request(const char *program, char *text, size_t size);

/* All of it, or the process ends with a failure: for the children that are references. */
void bench_write_all(int fd, const uint8_t *data, size_t len);
