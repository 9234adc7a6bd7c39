/* SPDX-License-Identifier: Apache-2.0 */
/* links: init/supervise.c */
/* Claims about when the agent is started: the table at the top of init/supervise.c, and the times. */
#include "init/supervise.h"

#include "common/cleanup.h"
#include "tests/harness/tap.h"

#define SECOND 1000000LL

/* Started at start_us and alive. */
static struct supervise running(int64_t start_us)
{
	struct supervise s = SUPERVISE_INIT;

	supervise_step(&s, SUPERVISE_START, start_us);
	supervise_step(&s, SUPERVISE_SPAWNED, start_us);
	return s;
}

TEST(the_first_start_is_at_once)
{
	struct supervise s = SUPERVISE_INIT;

	CHECK_INT(supervise_step(&s, SUPERVISE_START, 5), ==, SUPERVISE_DO_SPAWN);
	CHECK_INT(s.state, ==, SUPERVISE_SPAWNING);
	CHECK_INT(supervise_step(&s, SUPERVISE_SPAWNED, 6), ==, SUPERVISE_DO_NOTHING);
	CHECK_INT(s.state, ==, SUPERVISE_RUNNING);
	CHECK_INT(s.starts, ==, 1);
	CHECK_INT(s.deadline_us, ==, SUPERVISE_NO_DEADLINE);
}

TEST(the_first_death_is_answered_at_once)
{
	struct supervise s = running(0);

	supervise_step(&s, SUPERVISE_SAID_READY, 1);
	CHECK_INT(s.state, ==, SUPERVISE_READY);
	CHECK_INT(supervise_step(&s, SUPERVISE_EXITED, 2), ==, SUPERVISE_DO_SPAWN);
	supervise_step(&s, SUPERVISE_SPAWNED, 2);
	CHECK_INT(s.starts, ==, 2);
}

TEST(further_deaths_wait_1_2_4_8_16_30_and_30_seconds)
{
	static const int64_t waits[] = { 0, 1, 2, 4, 8, 16, 30, 30, 30 };
	struct supervise s = running(0);
	int64_t now = 0;

	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		enum supervise_action action = supervise_step(&s, SUPERVISE_EXITED, now);

		tap_diag("death %zu", i + 1);
		if (waits[i] > 0) {
			CHECK_INT(action, ==, SUPERVISE_DO_NOTHING);
			REQUIRE_INT(s.state, ==, SUPERVISE_WAITING);
			CHECK_INT(s.deadline_us, ==, now + waits[i] * SECOND);
			CHECK_INT(supervise_step(&s, SUPERVISE_TIMER, s.deadline_us - 1), ==, SUPERVISE_DO_NOTHING);
			now = s.deadline_us;
			action = supervise_step(&s, SUPERVISE_TIMER, now);
		}
		REQUIRE_INT(action, ==, SUPERVISE_DO_SPAWN);
		CHECK_INT(s.deadline_us, ==, SUPERVISE_NO_DEADLINE);
		supervise_step(&s, SUPERVISE_SPAWNED, now);
	}
}

TEST(an_agent_that_lived_long_enough_is_replaced_at_once_again)
{
	struct supervise s = running(0);

	supervise_step(&s, SUPERVISE_EXITED, 1);
	supervise_step(&s, SUPERVISE_SPAWNED, 1);
	supervise_step(&s, SUPERVISE_EXITED, 2);
	REQUIRE_INT(s.state, ==, SUPERVISE_WAITING);
	supervise_step(&s, SUPERVISE_TIMER, s.deadline_us);
	supervise_step(&s, SUPERVISE_SPAWNED, 10 * SECOND);
	CHECK_INT(supervise_step(&s, SUPERVISE_EXITED, 10 * SECOND + SUPERVISE_SETTLED_US), ==, SUPERVISE_DO_SPAWN);
}

TEST(an_agent_that_lived_a_little_less_is_not)
{
	struct supervise s = running(0);

	supervise_step(&s, SUPERVISE_EXITED, 1);
	supervise_step(&s, SUPERVISE_SPAWNED, 1);
	CHECK_INT(supervise_step(&s, SUPERVISE_EXITED, SUPERVISE_SETTLED_US), ==, SUPERVISE_DO_NOTHING);
	CHECK_INT(s.state, ==, SUPERVISE_WAITING);
}

TEST(a_failed_spawn_is_never_repeated_at_once)
{
	struct supervise s = SUPERVISE_INIT;

	supervise_step(&s, SUPERVISE_START, 0);
	CHECK_INT(supervise_step(&s, SUPERVISE_SPAWN_FAILED, 0), ==, SUPERVISE_DO_NOTHING);
	REQUIRE_INT(s.state, ==, SUPERVISE_WAITING);
	CHECK_INT(s.deadline_us, ==, SUPERVISE_FIRST_DELAY_US);
	CHECK_INT(supervise_step(&s, SUPERVISE_TIMER, s.deadline_us), ==, SUPERVISE_DO_SPAWN);
	CHECK_INT(s.starts, ==, 0);
}

TEST(failed_spawns_and_deaths_count_together_and_stay_bounded)
{
	struct supervise s = running(0);
	int64_t now = 0;

	s.failures = UINT32_MAX - 1;
	for (int i = 0; i < 4; i++) {
		supervise_step(&s, i % 2 ? SUPERVISE_SPAWN_FAILED : SUPERVISE_EXITED, now);
		REQUIRE_INT(s.state, ==, SUPERVISE_WAITING);
		CHECK_INT(s.deadline_us - now, ==, SUPERVISE_MAX_DELAY_US);
		now = s.deadline_us;
		REQUIRE_INT(supervise_step(&s, SUPERVISE_TIMER, now), ==, SUPERVISE_DO_SPAWN);
		if (i % 2)
			supervise_step(&s, SUPERVISE_SPAWNED, now);
	}
	CHECK_INT(s.failures, ==, UINT32_MAX);
}

/* What the table says of every pair: the next state, whether a spawn is asked for, whether it is a surprise. */
TEST(every_event_in_every_state_does_what_the_table_says)
{
	enum { IGNORED = -1, IMPOSSIBLE = -2 };
	static const struct {
		const char *what;
		enum supervise_state state;
		int next[SUPERVISE_STOP + 1]; /* START SPAWNED SPAWN_FAILED SAID_READY EXITED HANDED_OVER TIMER STOP */
	} rows[] = {
#define X IMPOSSIBLE
#define N IGNORED
		{ "idle", SUPERVISE_IDLE, { SUPERVISE_SPAWNING, X, X, X, X, X, N, SUPERVISE_STOPPED } },
		{ "spawning", SUPERVISE_SPAWNING, { X, SUPERVISE_RUNNING, SUPERVISE_WAITING, X, X, X, N, SUPERVISE_STOPPED } },
		{ "running", SUPERVISE_RUNNING,
		  { X, X, X, SUPERVISE_READY, SUPERVISE_SPAWNING, SUPERVISE_SPAWNING, N, SUPERVISE_STOPPED } },
		{ "ready", SUPERVISE_READY,
		  { X, X, X, SUPERVISE_READY, SUPERVISE_SPAWNING, SUPERVISE_SPAWNING, N, SUPERVISE_STOPPED } },
		{ "waiting", SUPERVISE_WAITING, { X, X, X, X, X, X, SUPERVISE_SPAWNING, SUPERVISE_STOPPED } },
		{ "stopped", SUPERVISE_STOPPED, { N, N, N, N, N, N, N, N } },
#undef X
#undef N
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int event = SUPERVISE_START; event <= SUPERVISE_STOP; event++) {
			struct supervise s = SUPERVISE_INIT;
			int next = rows[i].next[event];
			enum supervise_action action;
			bool held;

			s.state = rows[i].state;
			if (s.state == SUPERVISE_WAITING)
				s.deadline_us = 100;
			action = supervise_step(&s, (enum supervise_event)event, 100);
			held = CHECK_INT(s.state, ==, next >= 0 ? next : (int)rows[i].state);
			held = CHECK_INT(s.surprises, ==, next == IMPOSSIBLE) && held;
			held = CHECK_INT(action == SUPERVISE_DO_SPAWN, ==, next == SUPERVISE_SPAWNING) && held;
			if (!held)
				tap_diag("state %s, event %d", rows[i].what, event);
		}
	}
}

TEST(no_sequence_of_events_spawns_twice_without_an_answer_or_faster_than_the_delay)
{
	struct supervise s = SUPERVISE_INIT;
	uint32_t random = 12345;
	int64_t now = 0;
	int64_t last_failed_us = -1;
	int spawns = 0;

	for (int i = 0; i < 100000; i++) {
		enum supervise_event event;
		bool asked = s.state == SUPERVISE_SPAWNING;

		random = random * 1664525 + 1013904223;
		now += random >> 12; /* up to a second */
		event = (enum supervise_event)((random >> 8) % SUPERVISE_STOP); /* all but STOP */
		if (supervise_step(&s, event, now) == SUPERVISE_DO_SPAWN) {
			spawns++;
			REQUIRE(!asked);
			REQUIRE(last_failed_us < 0 || now - last_failed_us >= SUPERVISE_FIRST_DELAY_US);
			last_failed_us = -1;
		}
		if (s.state == SUPERVISE_WAITING) {
			REQUIRE_INT(s.deadline_us - now, <=, SUPERVISE_MAX_DELAY_US);
			if (asked && event == SUPERVISE_SPAWN_FAILED)
				last_failed_us = now;
		} else {
			REQUIRE_INT(s.deadline_us, ==, SUPERVISE_NO_DEADLINE);
		}
	}
	CHECK_INT(spawns, >, 100);
}

TEST(a_handover_is_answered_at_once_however_often_and_is_no_failure)
{
	struct supervise s = running(0);

	for (int i = 0; i < 5; i++) {
		CHECK_INT(supervise_step(&s, SUPERVISE_HANDED_OVER, i), ==, SUPERVISE_DO_SPAWN);
		supervise_step(&s, SUPERVISE_SPAWNED, i);
	}
	CHECK_INT(s.failures, ==, 0);
	CHECK_INT(s.starts, ==, 6);
}

TEST(no_wait_is_longer_than_the_one_that_was_chosen)
{
	struct supervise s = running(0);

	s.max_delay_us = 5000;
	supervise_step(&s, SUPERVISE_EXITED, 1);
	supervise_step(&s, SUPERVISE_SPAWNED, 1);
	for (int i = 0; i < 9; i++) {
		REQUIRE_INT(supervise_step(&s, SUPERVISE_EXITED, 2), ==, SUPERVISE_DO_NOTHING);
		REQUIRE_INT(s.deadline_us, ==, 2 + 5000);
		supervise_step(&s, SUPERVISE_TIMER, s.deadline_us);
		supervise_step(&s, SUPERVISE_SPAWNED, 2);
	}
}

TEST(after_stop_nothing_starts)
{
	struct supervise s = running(0);

	supervise_step(&s, SUPERVISE_STOP, 1);
	for (int event = SUPERVISE_START; event <= SUPERVISE_STOP; event++)
		CHECK_INT(supervise_step(&s, (enum supervise_event)event, 1000 * SECOND), ==, SUPERVISE_DO_NOTHING);
	CHECK_INT(s.state, ==, SUPERVISE_STOPPED);
	CHECK_INT(s.deadline_us, ==, SUPERVISE_NO_DEADLINE);
}
