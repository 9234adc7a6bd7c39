/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of steps that run one after the other; a step may take several turns of the loop. Pure but for the clock: steps
 * act by their callbacks.
 *
 * A failed step ends the row. Steps that are marked `always` begin all the same. A failure that may_fail() allows is
 * recorded, and the row goes on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Results of begin(), besides -errno. */
enum {
	STEP_DONE = 0,
	STEP_LATER = 1,		/* the step goes on; steps_ended() follows, not from begin() itself */
	STEP_SKIPPED = 2,	/* the step had nothing to do, and is not among the results */
};

struct steps_row {
	const char *name;
	int (*begin)(void *data);
	/* Ends a step after STEP_LATER; steps_ended() must not follow. NULL: begin() never returns STEP_LATER. */
	void (*stop)(void *data);
	bool always;
};

struct step_result {
	const char *name;
	int error_number;	/* 0: the step succeeded */
	uint32_t us;
};

#define STEPS_MAX 24

struct steps {
	const struct steps_row *rows;
	size_t count;
	bool (*may_fail)(void *data, const char *name);		/* NULL: no step may fail */
	void (*done)(void *data);				/* called once; may begin the next row */
	void *data;

	size_t at;
	bool running, waits;
	int64_t began_us;
	const char *failed;		/* the step whose failure ended the row; NULL: none */
	int error_number;
	struct step_result result[STEPS_MAX];
	size_t result_count;
};

/*
 * Runs until the first step that returns STEP_LATER, or to the end. The caller has set rows, count, may_fail, done and
 * data.
 */
void steps_run(struct steps *s);

/* Reports that the step in progress has ended with r: 0, STEP_SKIPPED or -errno. Ignored if no step is in progress. */
void steps_ended(struct steps *s, int r);

/* Records one part of a step that has several parts. Called in begin(), or before steps_ended(s, STEP_SKIPPED). */
void steps_note(struct steps *s, const char *name, int r, uint32_t us);

/* Stops the step in progress and begins no other; done() is not called. */
void steps_stop(struct steps *s);
