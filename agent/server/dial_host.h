/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dial to the host: one event, which is sent until the host acknowledges it (docs/reference/protocol.md, section
 * 8).
 *
 *	off           no pith.notify= on the command line
 *	waiting       for the next attempt
 *	connecting    connect(2) is under way
 *	told          the event is sent, and the host has not replied
 *	acknowledged  the host has replied
 *
 * A host that does not listen is the normal case, and costs one connect(2) every LIMIT_NOTIFY_MAX_US.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "agent/core/loop.h"
#include "common/frame.h"

struct agent;
struct buf;

enum dial_host_event {
	DIAL_HOST_READY,		/* the agent serves */
	DIAL_HOST_NEED_RESUME,	/* the guest was restored from a snapshot: the host is to send resume */
};

enum dial_host_state {
	DIAL_HOST_OFF,
	DIAL_HOST_WAITING,
	DIAL_HOST_CONNECTING,
	DIAL_HOST_TOLD,
	DIAL_HOST_ACKNOWLEDGED,
};

struct dial_host {
	struct watch socket;
	struct timer timer;		/* time of the next attempt, or the end of the attempt under way */
	enum dial_host_state state;
	enum dial_host_event event;
	uint32_t port;			/* vsock port of the host; 0: path is used */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];	/* a unix socket, for tests */
	int64_t delay_us;
	uint64_t attempts;		/* attempts for the event in hand */
	uint8_t in[FRAME_HEADER_SIZE];
	size_t in_len;
	uint32_t left;			/* bytes of the reply's payload that are still to come */
};

/* target: "1002" or "unix:/PATH"; NULL: no dial. False: target is neither. */
bool dial_host_init(struct agent *agent, const char *target);

/* Sends the event until the host acknowledges it. An attempt under way is ended first. Does nothing in state off. */
void dial_host_again(struct agent *agent, enum dial_host_event event);

/* As dial_host_again() after in_us microseconds, unless dial_host_again() is called before. */
void dial_host_later(struct agent *agent, enum dial_host_event event, int64_t in_us);

/* Ends the dial for good: the guest goes down. */
void dial_host_end(struct agent *agent);

/* Writes the member "notify" of info; nothing in state off. */
void dial_host_write(const struct agent *agent, struct buf *b);
