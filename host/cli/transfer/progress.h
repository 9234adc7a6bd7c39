/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line of a transfer, on stderr if stderr is a terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool shown; /* stderr is a terminal */
	bool drawn; /* the line is on the terminal and must be wiped */
	char name[32]; /* of the file under way */
	uint64_t size; /* of this file, or 0: unknown */
	uint64_t done; /* bytes of this file copied in all, also before this run */
	uint64_t moved; /* bytes of this file copied in this run */
	int64_t began_us;
	int64_t drawn_us;
};

void progress_init(struct progress *progress);
void progress_begin(struct progress *progress, const char *name, uint64_t size);
/* Changes the name of the file under way; the counts go on. */
void progress_name(struct progress *progress, const char *name);
void progress_skip(struct progress *progress, uint64_t bytes);
void progress_add(struct progress *progress, uint64_t bytes);

/* Call before any other output to the terminal. */
void progress_wipe(struct progress *progress);

#define PROGRESS_LINE_MAX 160u
/* Writes the text of the progress line at the time now_us to line. Pure. Returns line. */
const char *progress_line(const struct progress *progress, int64_t now_us, char line[PROGRESS_LINE_MAX]);
