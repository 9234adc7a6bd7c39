/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/core/steps.c */
#include "agent/core/steps.h"

#include <errno.h>
#include <string.h>

#include "tests/harness/tap.h"

/* What each faked step says when it is begun, and what happened, as letters. */
struct script {
	int says[4];
	char log[64];
	bool may_fail;
	struct steps steps;
};

static void note(struct script *s, char c)
{
	size_t n = strlen(s->log);

	s->log[n] = c;
	s->log[n + 1] = '\0';
}

#define STEP(i, letter) \
	static int begin_##letter(void *data) \
	{ \
		struct script *s = data; \
		note(s, #letter[0]); \
		return s->says[i]; \
	}
STEP(0, a)
STEP(1, b)
STEP(2, c)
STEP(3, d)

static void stop(void *data)
{
	note(data, '!');
}

static bool may_fail(void *data, const char *name)
{
	return ((struct script *)data)->may_fail && strcmp(name, "b") == 0;
}

static void done(void *data)
{
	note(data, '.');
}

static const struct steps_row rows[] = {
	{ .name = "a", .begin = begin_a, .stop = stop },
	{ .name = "b", .begin = begin_b, .stop = stop },
	{ .name = "c", .begin = begin_c, .stop = stop, .always = true },
	{ .name = "d", .begin = begin_d, .stop = stop },
};

static struct script *run(int a, int b, int c, int d)
{
	static struct script s;

	memset(&s, 0, sizeof(s));
	memcpy(s.says, (int[]){ a, b, c, d }, sizeof(s.says));
	s.steps = (struct steps){ .rows = rows, .count = 4, .may_fail = may_fail, .done = done, .data = &s };
	steps_run(&s.steps);
	return &s;
}

TEST(steps_are_begun_in_order_and_noted)
{
	struct script *s = run(0, STEP_SKIPPED, 0, 0);

	CHECK_STR(s->log, "abcd.");
	CHECK_INT(s->steps.result_count, ==, 3);
	CHECK_STR(s->steps.result[1].name, "c");
	CHECK(!s->steps.failed && !s->steps.running);
}

TEST(a_step_that_takes_a_while_holds_up_those_behind_it)
{
	struct script *s = run(0, STEP_LATER, STEP_LATER, 0);

	CHECK_STR(s->log, "ab");
	steps_ended(&s->steps, 0);
	CHECK_STR(s->log, "abc");
	CHECK(s->steps.running && s->steps.waits);
	steps_ended(&s->steps, 0);
	CHECK_STR(s->log, "abcd.");
}

TEST(an_end_that_nobody_waits_for_changes_nothing)
{
	struct script *s = run(0, 0, 0, 0);

	steps_ended(&s->steps, -EIO);
	CHECK_STR(s->log, "abcd.");
	CHECK(!s->steps.failed);
}

TEST(after_a_failure_only_what_is_always_done_is_begun)
{
	struct script *s = run(0, -EIO, 0, 0);

	CHECK_STR(s->log, "abc.");
	CHECK_STR(s->steps.failed, "b");
	CHECK_INT(s->steps.error_number, ==, EIO);
	s = run(-EPERM, 0, -EIO, 0);
	CHECK_STR(s->log, "ac.");
	CHECK_STR(s->steps.failed, "a");
	CHECK_INT(s->steps.result[1].error_number, ==, EIO);
}

TEST(a_failure_that_is_allowed_is_noted_and_no_more)
{
	static struct script s;

	memset(&s, 0, sizeof(s));
	s.says[1] = -EIO;
	s.may_fail = true;
	s.steps = (struct steps){ .rows = rows, .count = 4, .may_fail = may_fail, .done = done, .data = &s };
	steps_run(&s.steps);
	CHECK_STR(s.log, "abcd.");
	CHECK(!s.steps.failed);
	CHECK_INT(s.steps.result[1].error_number, ==, EIO);
}

TEST(a_row_that_is_stopped_stops_the_step_at_hand_and_says_nothing)
{
	struct script *s = run(0, STEP_LATER, 0, 0);

	steps_stop(&s->steps);
	CHECK_STR(s->log, "ab!");
	steps_ended(&s->steps, 0);
	steps_stop(&s->steps);
	CHECK_STR(s->log, "ab!");
}

TEST(the_parts_of_a_step_are_noted_one_by_one_and_fail_it)
{
	struct script *s = run(STEP_LATER, 0, 0, 0);

	steps_note(&s->steps, "part", 0, 5);
	steps_note(&s->steps, "other", -ENOENT, 6);
	steps_ended(&s->steps, STEP_SKIPPED);
	CHECK_STR(s->log, "ac.");
	CHECK_STR(s->steps.failed, "other");
	CHECK_INT(s->steps.result_count, ==, 3);
}

TEST(more_results_than_there_is_room_for_are_dropped)
{
	struct script *s = run(STEP_LATER, 0, 0, 0);

	for (int i = 0; i < 2 * STEPS_MAX; i++)
		steps_note(&s->steps, "part", 0, 0);
	steps_ended(&s->steps, 0);
	CHECK_INT(s->steps.result_count, ==, STEPS_MAX);
	CHECK_STR(s->log, "abcd.");
}
