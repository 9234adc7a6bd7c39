/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tells the guest by itself that it was restored from a snapshot. Sure signs: another counter in /dev/vmclock0, a new VM generation
 * id, another address on the vsock, a hardware clock that ran on while the guest did not, connections that the vsock device reset.
 * Only the counter can say that it was not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/loop.h"

struct agent;

/* How the signs are at one moment. */
struct restore_mark {
	uint64_t vmclock;
	uint64_t announced;	/* new generation ids and resets so far */
	int64_t rtc_lead_s;	/* of the hardware's clock before ours */
	uint32_t cid;
	uint8_t has_vmclock, has_rtc;
};

struct restore {
	struct watch uevents, kmsg;
	bool has_vmgenid;		/* the kernel tells of a new VM generation id */
	int vsock_fd;			/* /dev/vsock; 0 or less: there is none */
	const volatile uint8_t *page;	/* of /dev/vmclock0, or NULL */
	struct restore_mark last;	/* at the start, or when it was last known who this is */
	uint64_t announced;
	uint64_t seen;			/* restores */
};

enum restore_answer { RESTORE_NO, RESTORE_YES, RESTORE_UNKNOWN };

void restore_init(struct agent *agent);

/* With the hardware's clock, which takes a moment to read, or without. */
struct restore_mark restore_mark(const struct agent *agent, bool with_rtc);
enum restore_answer restore_since(const struct agent *agent, const struct restore_mark *mark);

/* Somebody has called: was the guest restored since it was last known who it is? Then connections are closed, and the host is told. */
void restore_look(struct agent *agent);

/* A connection was reset by the device. */
void restore_reset(struct agent *agent);

/* A resume made this guest what it is to be. */
void restore_settle(struct agent *agent);

/* The device by which the hypervisor tells of a restore: "vmclock", "vmgenid" or "none". */
const char *restore_source(const struct agent *agent);
