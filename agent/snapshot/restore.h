/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs by which the guest notices its restore from a snapshot. Sure signs: another counter in /dev/vmclock0, a new VM
 * generation id, another CID on the vsock, a hardware clock that ran on while the guest stood still, connections that
 * the vsock device reset. Only the counter can prove that there was no restore.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/loop.h"

struct agent;

/* The values of the signs at one moment. */
struct restore_mark {
	uint64_t vmclock;
	uint64_t announced;	/* new generation ids and resets so far */
	int64_t rtc_lead_s;	/* hardware clock minus CLOCK_REALTIME, in s */
	uint32_t cid;
	uint8_t has_vmclock, has_rtc;
};

struct restore {
	struct watch uevents, kmsg;
	bool has_vmgenid;		/* the kernel reports a new VM generation id in its log */
	int vsock_fd;			/* /dev/vsock; 0 or less: no vsock */
	const volatile uint8_t *page;	/* of /dev/vmclock0, or NULL */
	struct restore_mark last;	/* at the agent's start, the last resume or the last restore seen */
	uint64_t announced;
	uint64_t seen;			/* number of restores seen */
};

enum restore_answer { RESTORE_NO, RESTORE_YES, RESTORE_UNKNOWN };

void restore_init(struct agent *agent);

/* Reads the signs; with_rtc also the hardware clock, a slower read. */
struct restore_mark restore_mark(const struct agent *agent, bool with_rtc);
enum restore_answer restore_since(const struct agent *agent, const struct restore_mark *mark);

/* Called for each new connection: after a restore, closes older connections and notifies the host. */
void restore_look(struct agent *agent);

/* The vsock device reset a connection. */
void restore_reset(struct agent *agent);

/* A resume has succeeded: the current signs become the reference. */
void restore_settle(struct agent *agent);

/* The device by which the hypervisor reports a restore: "vmclock", "vmgenid" or "none". */
const char *restore_source(const struct agent *agent);
