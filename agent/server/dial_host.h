/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dial to the host: one event, told until the host acknowledges it (docs/reference/protocol.md, section 8).
 *
 *	off           nobody asked for it: no pith.notify=
 *	waiting       until the next attempt
 *	connecting    the socket is on its way
 *	told          the event is sent, and the host has not answered
 *	acknowledged  it has
 *
 * A host that listens on nothing is the normal case: that costs a dial every LIMIT_NOTIFY_MAX_US.
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
	DIAL_HOST_NEED_RESUME,	/* this is another life of a snapshot: the host is to send resume */
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
	struct timer timer;		/* of the next attempt, or the end of this one */
	enum dial_host_state state;
	enum dial_host_event event;
	uint32_t port;			/* of the host's vsock, or 0 and … */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];	/* … a unix socket, for tests */
	int64_t delay_us;
	uint64_t attempts;		/* of this event */
	uint8_t in[FRAME_HEADER_SIZE];
	size_t in_len;
	uint32_t left;			/* of the frame behind it */
};

/* target: "1002" or "unix:/PATH"; NULL: none. False when it is neither. */
bool dial_host_init(struct agent *agent, const char *target);

/* From now on, and anew if an attempt runs: tells the event until it is acknowledged. Does nothing when it is off. */
void dial_host_again(struct agent *agent, enum dial_host_event event);

/* The same in that time, if dial_host_again() is not called before. */
void dial_host_later(struct agent *agent, enum dial_host_event event, int64_t in_us);

/* Nothing more is told: the guest goes down. */
void dial_host_end(struct agent *agent);

/* The member "notify" of info; nothing when it is off. */
void dial_host_write(const struct agent *agent, struct buf *b);
