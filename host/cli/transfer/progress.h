/* SPDX-License-Identifier: Apache-2.0 */
/* One line on stderr, where that is a terminal, that tells how far a transfer is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool shown; /* stderr is a terminal */
	bool drawn; /* there is a line to be wiped */
	char name[32]; /* of the file under way */
	uint64_t size; /* of it, or 0 */
	uint64_t done; /* of it, what was there before this run too */
	uint64_t moved; /* of it, in this run */
	int64_t began_us;
	int64_t drawn_us;
};

void progress_init(struct progress *progress);
void progress_begin(struct progress *progress, const char *name, uint64_t size);
/* Another name for what is under way; the counts go on. */
void progress_name(struct progress *progress, const char *name);
void progress_skip(struct progress *progress, uint64_t bytes);
void progress_add(struct progress *progress, uint64_t bytes);

/* Before anything else is written to the terminal. */
void progress_wipe(struct progress *progress);

#define PROGRESS_LINE_MAX 160u
/* The line at a point in time. Pure. Returns line. */
const char *progress_line(const struct progress *progress, int64_t now_us, char line[PROGRESS_LINE_MAX]);
