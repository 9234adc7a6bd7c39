/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns epoll, the batch of events in hand, and the list of timers.
 *
 * A callback may remove any watch: loop_unwatch() takes the watch out of the batch in hand, so the callback of a
 * removed watch is not called. Timers fire in order of their time; a timer that is set while timers fire waits for the
 * next turn.
 *
 * Never: blocks anywhere but in epoll_wait(), allocates.
 */
#include "agent/core/loop.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"

static void arm_clock(struct loop *loop)
{
	int64_t due = loop->timers ? loop->timers->due_us : 0;
	struct itimerspec spec = { .it_value = { .tv_sec = due / 1000000, .tv_nsec = (due % 1000000) * 1000 } };

	/*
	 * A timerfd that fires too early costs one turn of the loop; to set the timerfd for each cleared timer costs a
	 * system call each.
	 */
	if (!due || (loop->armed_us && loop->armed_us <= due))
		return;
	if (timerfd_settime(loop->clock.fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0)
		loop->armed_us = due;
}

static void on_clock(struct watch *watch, uint32_t events)
{
	struct loop *loop = container_of(watch, struct loop, clock);
	int64_t now = clock_boot_us();
	uint64_t count;

	(void)events;
	if (read(watch->fd, &count, sizeof(count)) < 0)
		return;
	loop->armed_us = 0;
	while (loop->timers && loop->timers->due_us <= now) {
		struct timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->due_us = 0;
		timer->fn(timer);
	}
	arm_clock(loop);
}

int loop_init(struct loop *loop)
{
	*loop = (struct loop){ .epoll_fd = -1, .clock = WATCH_INIT };
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	loop->clock.fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->clock.fd < 0)
		return -errno;
	loop->clock.fn = on_clock;
	return loop_watch(loop, &loop->clock, EPOLLIN);
}

void loop_deinit(struct loop *loop)
{
	loop_close(loop, &loop->clock);
	close_fd(&loop->epoll_fd);
}

int loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (watch->added && watch->events == events)
		return 0;
	if (epoll_ctl(loop->epoll_fd, watch->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event) < 0)
		return -errno;
	watch->added = true;
	watch->events = events;
	return 0;
}

void loop_unwatch(struct loop *loop, struct watch *watch)
{
	if (!watch->added)
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->added = false;
	watch->events = 0;
	for (int i = 0; i < loop->batch_count; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

void loop_close(struct loop *loop, struct watch *watch)
{
	if (watch->fd < 0)
		return;
	loop_unwatch(loop, watch);
	close_fd(&watch->fd);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
	struct timer **at = &loop->timers;

	if (!timer->due_us)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->due_us = 0;
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t in_us)
{
	struct timer **at = &loop->timers;

	loop_timer_clear(loop, timer);
	timer->due_us = clock_boot_us() + (in_us > 0 ? in_us : 1);
	while (*at && (*at)->due_us <= timer->due_us)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	arm_clock(loop);
}

int loop_run(struct loop *loop)
{
	while (!loop->stop) {
		int n = epoll_wait(loop->epoll_fd, loop->batch, LOOP_BATCH, -1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		loop->batch_count = n;
		for (int i = 0; i < loop->batch_count; i++) {
			struct watch *watch = loop->batch[i].data.ptr;

			if (watch)
				watch->fn(watch, loop->batch[i].events);
		}
		loop->batch_count = 0;
		if (loop->after_turn)
			loop->after_turn(loop);
	}
	return 0;
}
