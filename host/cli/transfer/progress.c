/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the progress line. Never: writes where stderr is no terminal. */
#include "host/cli/transfer/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "host/cli/parse_units.h"
#include "host/cli/transfer/files.h"

#define REDRAW_US 200000 /* often enough for the eye, and cheap */

void progress_init(struct progress *progress)
{
	*progress = (struct progress){ .shown = isatty(STDERR_FILENO) };
}

void progress_name(struct progress *progress, const char *name)
{
	const char *slash = strrchr(name, '/');
	char shown[FILES_SHOWN_SIZE];

	files_show(slash && slash[1] ? slash + 1 : name, shown);
	snprintf(progress->name, sizeof(progress->name), "%.31s", shown);
}

void progress_begin(struct progress *progress, const char *name, uint64_t size)
{
	progress_name(progress, name);
	progress->size = size;
	progress->done = progress->moved = 0;
	progress->began_us = progress->drawn_us = clock_us(CLOCK_MONOTONIC);
}

/* In whole seconds, because fractions would flicker. */
static const char *left_text(double us, char *text)
{
	double seconds = us / 1e6 + 0.5;

	if (seconds < 60)
		snprintf(text, PARSE_UNITS_TEXT_MAX, "%u s", (unsigned)seconds);
	else
		parse_units_format_us(seconds < 1e9 ? (uint64_t)seconds * 1000000 : UINT64_MAX, text);
	return text;
}

const char *progress_line(const struct progress *progress, int64_t now_us, char line[PROGRESS_LINE_MAX])
{
	char done[PARSE_UNITS_TEXT_MAX], rate[PARSE_UNITS_TEXT_MAX], left[PARSE_UNITS_TEXT_MAX];
	int64_t us = now_us > progress->began_us ? now_us - progress->began_us : 1;
	double per_us = (double)progress->moved / (double)us;
	int used;

	used = snprintf(line, PROGRESS_LINE_MAX, "%-31s %10s %10s/s", progress->name,
			parse_units_format_size(progress->done, done), parse_units_format_size((uint64_t)(per_us * 1e6), rate));
	if (progress->size >= progress->done && progress->size > 0 && per_us > 0)
		snprintf(line + used, PROGRESS_LINE_MAX - (size_t)used, " %3u%% %s left",
			 (unsigned)((double)progress->done / (double)progress->size * 100),
			 left_text((double)(progress->size - progress->done) / per_us, left));
	return line;
}

void progress_skip(struct progress *progress, uint64_t bytes)
{
	progress->done += bytes;
}

void progress_add(struct progress *progress, uint64_t bytes)
{
	char line[PROGRESS_LINE_MAX];
	int64_t now = clock_us(CLOCK_MONOTONIC);

	progress->done += bytes;
	progress->moved += bytes;
	if (!progress->shown || now - progress->drawn_us < REDRAW_US)
		return;
	progress->drawn_us = now;
	progress->drawn = true;
	fprintf(stderr, "\r%s\033[K", progress_line(progress, now, line));
}

void progress_wipe(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
