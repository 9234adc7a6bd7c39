/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the order of steps and the result of each step.
 *
 * Never: begins a step twice, begins a step after a failure unless the step is marked `always`, calls done() twice.
 */
#include "agent/core/steps.h"

#include "common/clock.h"

void steps_note(struct steps *s, const char *name, int r, uint32_t us)
{
	if (s->result_count < STEPS_MAX)
		s->result[s->result_count++] = (struct step_result){ .name = name, .error_number = r < 0 ? -r : 0, .us = us };
	if (r >= 0 || s->failed || (s->may_fail && s->may_fail(s->data, name)))
		return;
	s->failed = name;
	s->error_number = -r;
}

static void note(struct steps *s, int r)
{
	if (r != STEP_SKIPPED)
		steps_note(s, s->rows[s->at].name, r, (uint32_t)(clock_boot_us() - s->began_us));
}

static void go_on(struct steps *s)
{
	for (; s->at < s->count; s->at++) {
		const struct steps_row *step = &s->rows[s->at];
		int r;

		if (s->failed && !step->always)
			continue;
		s->began_us = clock_boot_us();
		r = step->begin(s->data);
		s->waits = r == STEP_LATER;
		if (s->waits)
			return;
		note(s, r);
	}
	s->running = false;
	s->done(s->data);
}

void steps_run(struct steps *s)
{
	s->at = 0;
	s->running = true;
	s->waits = false;
	s->failed = NULL;
	s->error_number = 0;
	s->result_count = 0;
	go_on(s);
}

void steps_ended(struct steps *s, int r)
{
	if (!s->running || !s->waits)
		return;
	s->waits = false;
	note(s, r);
	s->at++;
	go_on(s);
}

void steps_stop(struct steps *s)
{
	if (!s->running)
		return;
	if (s->waits)
		s->rows[s->at].stop(s->data);
	s->running = false;
	s->waits = false;
}
