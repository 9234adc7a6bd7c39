/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One epoll, level-triggered, and one timerfd on CLOCK_BOOTTIME: a bug shows as a spin and not as a hang, and timeouts
 * count the time of a suspend.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_BATCH 64

/*
 * Embedded in its owner, which fn finds by container_of(). fn may free its owner, and any other: events of a removed
 * watch are not delivered.
 */
struct watch {
	int fd;			/* owned; -1 when there is none */
	uint32_t events;
	bool added;
	void (*fn)(struct watch *watch, uint32_t events);
};

#define WATCH_INIT { .fd = -1 }

struct timer {
	struct timer *next;
	int64_t due_us;		/* CLOCK_BOOTTIME; 0 when not armed */
	void (*fn)(struct timer *timer);
};

struct loop {
	int epoll_fd;
	struct watch clock;
	struct timer *timers;	/* soonest first */
	int64_t armed_us;	/* the time that the timerfd is set to; 0: not set */
	struct epoll_event batch[LOOP_BATCH];
	int batch_count;
	bool stop;
	void (*after_turn)(struct loop *loop);	/* called when all events in hand are handled; may be NULL */
};

int loop_init(struct loop *loop);
void loop_deinit(struct loop *loop);

/* Runs until loop->stop; 0, or -errno if epoll itself fails. */
int loop_run(struct loop *loop);

/*
 * Starts to watch fd, or changes the events; EPOLLERR and EPOLLHUP are always watched. fd and fn must be set. 0 or
 * -errno.
 */
int loop_watch(struct loop *loop, struct watch *watch, uint32_t events);

/* Stops watching, and keeps the fd. */
void loop_unwatch(struct loop *loop, struct watch *watch);

/* Stops watching and closes the fd; nothing happens if fd is -1. */
void loop_close(struct loop *loop, struct watch *watch);

/* Arms the timer to fire once, in_us microseconds from now. An armed timer gets the new time. */
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t in_us);
void loop_timer_clear(struct loop *loop, struct timer *timer);
