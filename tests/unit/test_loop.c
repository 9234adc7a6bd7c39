/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/core/loop.c */
/* Claims about the loop: whom it calls, in what order, and whom it never calls again. */
#include "agent/core/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "tests/harness/tap.h"

#define PEERS 4

/* An eventfd that is ready at once; its owner says what happens when it is called. */
struct peer {
	struct watch watch;
	int calls;
};

static struct loop loop;
static struct peer *peers[PEERS];
static char order[64];

static void stop_after_turn(struct loop *l)
{
	l->stop = true;
}

static void begin(void)
{
	REQUIRE_INT(loop_init(&loop), ==, 0);
	order[0] = '\0';
}

static void make_peers(void (*fn)(struct watch *watch, uint32_t events))
{
	for (int i = 0; i < PEERS; i++) {
		peers[i] = calloc(1, sizeof(*peers[i]));
		REQUIRE(peers[i] != NULL);
		peers[i]->watch = (struct watch){ .fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), .fn = fn };
		REQUIRE_INT(loop_watch(&loop, &peers[i]->watch, EPOLLIN), ==, 0);
	}
}

static void free_peer(int i)
{
	if (!peers[i])
		return;
	loop_close(&loop, &peers[i]->watch);
	free(peers[i]);
	peers[i] = NULL;
}

static void run_one_turn(void)
{
	loop.stop = false;
	loop.after_turn = stop_after_turn;
	CHECK_INT(loop_run(&loop), ==, 0);
}

static void end(void)
{
	for (int i = 0; i < PEERS; i++)
		free_peer(i);
	loop_deinit(&loop);
}

static void count_call(struct watch *watch, uint32_t events)
{
	CHECK(events & EPOLLIN);
	container_of(watch, struct peer, watch)->calls++;
}

TEST(everybody_who_is_ready_is_called_once_in_a_turn)
{
	begin();
	make_peers(count_call);
	run_one_turn();
	run_one_turn();
	for (int i = 0; i < PEERS; i++)
		CHECK_INT(peers[i]->calls, ==, 2);
	end();
}

static int survivors_called;

static void free_all_others(struct watch *watch, uint32_t events)
{
	(void)events;
	survivors_called++;
	for (int i = 0; i < PEERS; i++)
		if (peers[i] && &peers[i]->watch != watch)
			free_peer(i);
}

TEST(a_callback_may_free_its_siblings_of_the_same_batch)
{
	begin();
	make_peers(free_all_others);
	run_one_turn();
	/* One was first; the others were ready too and are gone. */
	CHECK_INT(survivors_called, ==, 1);
	end();
}

static void free_itself(struct watch *watch, uint32_t events)
{
	(void)events;
	survivors_called++;
	for (int i = 0; i < PEERS; i++)
		if (peers[i] && &peers[i]->watch == watch)
			free_peer(i);
}

TEST(a_callback_may_free_itself)
{
	begin();
	make_peers(free_itself);
	run_one_turn();
	CHECK_INT(survivors_called, ==, PEERS);
	end();
}

static struct peer *newcomer;

/* The newcomer stands where a sibling stood: the sibling's event must not become his. */
static void replace_sibling(struct watch *watch, uint32_t events)
{
	(void)events;
	survivors_called++;
	for (int i = 0; i < PEERS && !newcomer; i++) {
		if (!peers[i] || &peers[i]->watch == watch)
			continue;
		loop_close(&loop, &peers[i]->watch);
		newcomer = peers[i];
		*newcomer = (struct peer){ .watch = { .fd = eventfd(0, EFD_CLOEXEC), .fn = count_call } };
		CHECK_INT(loop_watch(&loop, &newcomer->watch, EPOLLIN), ==, 0);
	}
}

TEST(a_watch_in_the_place_of_a_removed_one_does_not_get_its_event)
{
	begin();
	make_peers(replace_sibling);
	run_one_turn();
	REQUIRE(newcomer != NULL);
	CHECK_INT(newcomer->calls, ==, 0);
	CHECK_INT(survivors_called, ==, PEERS - 1);
	end();
}

TEST(who_is_no_longer_watched_keeps_his_fd_and_is_not_called)
{
	begin();
	make_peers(count_call);
	loop_unwatch(&loop, &peers[0]->watch);
	loop_unwatch(&loop, &peers[0]->watch);
	CHECK(peers[0]->watch.fd >= 0);
	run_one_turn();
	CHECK_INT(peers[0]->calls, ==, 0);
	CHECK_INT(peers[1]->calls, ==, 1);
	CHECK_INT(loop_watch(&loop, &peers[0]->watch, EPOLLIN), ==, 0);
	run_one_turn();
	CHECK_INT(peers[0]->calls, ==, 1);
	end();
}

TEST(the_watched_events_can_change)
{
	begin();
	make_peers(count_call);
	CHECK_INT(loop_watch(&loop, &peers[0]->watch, 0), ==, 0);
	run_one_turn();
	CHECK_INT(peers[0]->calls, ==, 0);
	CHECK_INT(loop_watch(&loop, &peers[0]->watch, EPOLLIN | EPOLLOUT), ==, 0);
	run_one_turn();
	CHECK_INT(peers[0]->calls, ==, 1);
	end();
}

TEST(closing_twice_closes_once)
{
	struct watch none = WATCH_INIT;

	begin();
	make_peers(count_call);
	loop_close(&loop, &none);
	loop_close(&loop, &peers[0]->watch);
	CHECK_INT(peers[0]->watch.fd, ==, -1);
	loop_close(&loop, &peers[0]->watch);
	end();
}

TEST(an_fd_that_can_not_be_watched_is_an_error)
{
	struct watch watch = { .fd = 1000, .fn = count_call };

	begin();
	CHECK_INT(loop_watch(&loop, &watch, EPOLLIN), ==, -EBADF);
	CHECK(!watch.added);
	loop_unwatch(&loop, &watch);
	end();
}

struct named {
	struct timer timer;
	char name;
};

static void note(struct timer *timer)
{
	CHECK_INT(timer->due_us, ==, 0);
	strncat(order, &container_of(timer, struct named, timer)->name, 1);
}

static void note_and_stop(struct timer *timer)
{
	note(timer);
	loop.stop = true;
}

static void run_to_stop(void)
{
	loop.after_turn = NULL;
	loop.stop = false;
	CHECK_INT(loop_run(&loop), ==, 0);
}

TEST(timers_fire_in_the_order_of_their_time)
{
	struct named a = { { .fn = note }, 'a' }, b = { { .fn = note }, 'b' }, c = { { .fn = note }, 'c' };
	struct named d = { { .fn = note_and_stop }, 'd' };
	int64_t start = clock_boot_us();

	begin();
	loop_timer_set(&loop, &d.timer, 40000);
	loop_timer_set(&loop, &b.timer, 20000);
	loop_timer_set(&loop, &c.timer, 30000);
	loop_timer_set(&loop, &a.timer, 10000);
	run_to_stop();
	CHECK_STR(order, "abcd");
	CHECK_INT(clock_boot_us() - start, >=, 40000);
	end();
}

TEST(timers_of_one_time_fire_in_the_order_of_their_setting)
{
	struct named a = { { .fn = note }, 'a' }, b = { { .fn = note }, 'b' }, c = { { .fn = note_and_stop }, 'c' };

	begin();
	loop_timer_set(&loop, &a.timer, 0);
	loop_timer_set(&loop, &b.timer, -1000000);
	loop_timer_set(&loop, &c.timer, 0);
	run_to_stop();
	CHECK_STR(order, "abc");
	end();
}

TEST(a_cleared_timer_does_not_fire_and_a_new_time_replaces_the_old)
{
	struct named a = { { .fn = note }, 'a' }, b = { { .fn = note }, 'b' }, c = { { .fn = note_and_stop }, 'c' };

	begin();
	loop_timer_set(&loop, &a.timer, 1000);
	loop_timer_set(&loop, &b.timer, 2000);
	loop_timer_set(&loop, &c.timer, 1000);
	loop_timer_set(&loop, &c.timer, 20000);
	loop_timer_clear(&loop, &a.timer);
	loop_timer_clear(&loop, &a.timer);
	run_to_stop();
	CHECK_STR(order, "bc");
	CHECK(loop.timers == NULL);
	end();
}

TEST(an_earlier_timer_is_not_held_up_by_a_later_one_set_before)
{
	struct named late = { { .fn = note }, 'l' }, soon = { { .fn = note_and_stop }, 's' };

	begin();
	loop_timer_set(&loop, &late.timer, 3600 * 1000000LL);
	loop_timer_set(&loop, &soon.timer, 1000);
	run_to_stop();
	CHECK_STR(order, "s");
	loop_timer_clear(&loop, &late.timer);
	end();
}

static struct named other = { { .fn = note }, 'o' };

static void clear_other(struct timer *timer)
{
	note_and_stop(timer);
	loop_timer_clear(&loop, &other.timer);
}

TEST(a_timer_may_clear_another_that_is_due_too)
{
	struct named a = { { .fn = clear_other }, 'a' };

	begin();
	loop_timer_set(&loop, &a.timer, 0);
	loop_timer_set(&loop, &other.timer, 0);
	usleep(1000);	/* both are due in one turn */
	run_to_stop();
	CHECK_STR(order, "a");
	end();
}

static void set_again(struct timer *timer)
{
	note(timer);
	if (strlen(order) == 3)
		loop.stop = true;
	loop_timer_set(&loop, timer, 0);
}

static int turns;

static void count_turn(struct loop *l)
{
	(void)l;
	turns++;
}

TEST(a_timer_that_sets_itself_again_waits_for_the_next_turn)
{
	struct named a = { { .fn = set_again }, 'a' };

	begin();
	loop_timer_set(&loop, &a.timer, 0);
	loop.stop = false;
	loop.after_turn = count_turn;
	CHECK_INT(loop_run(&loop), ==, 0);
	CHECK_STR(order, "aaa");
	CHECK_INT(turns, ==, 3);
	loop_timer_clear(&loop, &a.timer);
	end();
}
