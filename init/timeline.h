/* SPDX-License-Identifier: Apache-2.0 */
/* The boot timeline: the time at which each step was done, at most TIMELINE_MAX marks, in order. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TIMELINE_MAX 8

struct timeline {
	struct {
		const char *step;
		int64_t at_us;
	} marks[TIMELINE_MAX];
	size_t count;
};

/* step is static storage. Marks above TIMELINE_MAX are dropped. */
void timeline_mark(struct timeline *timeline, const char *step, int64_t at_us);

/* Writes "init=12345 mounts=13000" (microseconds) to buf: at most size - 1 bytes and a NUL. */
void timeline_text(const struct timeline *timeline, char *buf, size_t size);
