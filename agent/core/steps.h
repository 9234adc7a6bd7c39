/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of steps, one after the other, some of which take a while. Pure but for the clock: what a step does is its own matter.
 *
 * A step that fails ends the row, but those marked `always` are begun all the same, and a failure that the owner allows is only noted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What begin() says besides -errno. */
enum {
	STEP_DONE = 0,
	STEP_LATER = 1,		/* steps_ended() will be called, not from begin() itself */
	STEP_SKIPPED = 2,	/* there was nothing to do: it is not among the results */
};

struct steps_row {
	const char *name;
	int (*begin)(void *data);
	/* Ends what was STEP_LATER: nothing of it calls steps_ended() afterwards. NULL: it is never STEP_LATER. */
	void (*stop)(void *data);
	bool always;
};

struct step_result {
	const char *name;
	int error_number;	/* 0: done */
	uint32_t us;
};

#define STEPS_MAX 24

struct steps {
	const struct steps_row *rows;
	size_t count;
	bool (*may_fail)(void *data, const char *name);		/* NULL: none may */
	void (*done)(void *data);				/* once; may begin the next row */
	void *data;

	size_t at;
	bool running, waits;
	int64_t began_us;
	const char *failed;		/* the step that ended the row, NULL: none */
	int error_number;
	struct step_result result[STEPS_MAX];
	size_t result_count;
};

/* rows, count, may_fail, done and data are set; runs until the first step that takes a while, or the end. */
void steps_run(struct steps *s);

/* The step at hand has ended: 0, STEP_SKIPPED or -errno. Without one that is waited for nothing happens. */
void steps_ended(struct steps *s, int r);

/* A step that is several: what became of one of them, from within begin() or before steps_ended(STEP_SKIPPED). */
void steps_note(struct steps *s, const char *name, int r, uint32_t us);

/* The step at hand is stopped, and no other is begun; done() is not called. */
void steps_stop(struct steps *s);
