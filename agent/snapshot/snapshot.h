/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a guest around a snapshot: docs/reference/protocol.md, section 7.
 *
 *	            quiesce     thaw       resume     thaw timer ends        a step fails
 *	RUNNING     QUIESCING   -          RESUMING   -                      -
 *	QUIESCING   busy        THAWING    RESUMING   THAWING                THAWING
 *	QUIESCED    busy        THAWING    RESUMING   THAWING                -
 *	THAWING     busy        waits      RESUMING   -                      noted, goes on
 *	RESUMING    busy        busy       busy       -                      HELD, unless it may
 *	HELD        busy        by force   RESUMING   THAWING, or -          -
 *
 * A row of steps that ends leads from QUIESCING to QUIESCED, from THAWING to RUNNING (to HELD if the workload must
 * wait), and from RESUMING to RUNNING. The freezer, workload, hooks and workers each remember what was done to them, so
 * one row of thaw undoes any state.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/generation.h"
#include "agent/core/limits.h"
#include "agent/core/loop.h"
#include "agent/core/steps.h"
#include "agent/network/sockets.h"
#include "agent/protocol/reply.h"
#include "agent/snapshot/freezer.h"
#include "agent/snapshot/hooks.h"
#include "agent/snapshot/restore.h"
#include "agent/snapshot/workload.h"
#include "common/buf.h"

struct quiesce_waiter;

#define QUIESCE_ID_SIZE 65

enum quiesce_state {
	QUIESCE_RUNNING,
	QUIESCE_QUIESCING,
	QUIESCE_QUIESCED,
	QUIESCE_THAWING,
	QUIESCE_RESUMING,
	QUIESCE_HELD,		/* the workload waits for a resume, or for a thaw by force */
};

enum quiesce_mode { QUIESCE_MEMORY, QUIESCE_DISK, QUIESCE_TEMPLATE };

/* What the end of the thaw timer does to the workload if the guest cannot know whether it was restored. */
enum quiesce_unknown { QUIESCE_LATER, QUIESCE_THAW, QUIESCE_HOLD };

/* The request, or timer, of the current or last row. */
enum quiesce_last { LAST_NONE, LAST_QUIESCE, LAST_THAW, LAST_RESUME, LAST_TIMEOUT };

struct quiesce_params {
	enum quiesce_mode mode;
	enum quiesce_unknown on_timeout;
	const char *id;		/* or NULL */
	int64_t ttl_us, freeze_us, sync_us, hook_us;
};

struct resume_params {
	int64_t received_us;	/* CLOCK_BOOTTIME */
	uint64_t realtime_us, round_trip_us;
	int64_t hook_us;
	bool force;
	struct buf request;	/* text of the request: decoded again by each step */
	int64_t clock_step_us;
	uint64_t connections_closed;
	struct sockets_result sockets;
	struct buf network_report;	/* members; empty: the network was left alone */
	struct buf mounts_report;	/* items, one for each mount that was tried */
	size_t mounts_tried;
	int mount_error;		/* of the first mount that failed */
	char mount_target[LIMIT_MOUNT_SHOWN];	/* of the current mount, for messages */
	bool was_quiesced;
	char id[QUIESCE_ID_SIZE];
	char generation[GENERATION_SIZE];	/* the new generation */
};

struct quiesce {
	enum quiesce_state state;
	enum quiesce_last last;
	char token[GENERATION_SIZE];
	char generation[GENERATION_SIZE];	/* at the begin of the quiesce */
	char id[QUIESCE_ID_SIZE];		/* "" for none */
	struct quiesce_params params;
	int64_t expires_us;			/* CLOCK_BOOTTIME; 0: the thaw timer is off */
	struct steps steps;
	struct timer expiry;
	struct timer bound;			/* of the current step */
	struct freezer *freezer;
	struct freeze_block notes;		/* of the last freezer */
	bool fenced, hooked;			/* what a thaw undoes besides: the fence, the hooks */
	bool no_sockets;			/* no socket was open when the workload was frozen */
	bool keep_workload;			/* the current thaw leaves the workload frozen */
	bool unknown_passed;			/* LIMIT_UNKNOWN_US is over too */
	bool resume_failed;			/* the workload waits for another resume */
	uint64_t last_connection;		/* id of the newest connection at the fence */
	struct restore_mark mark;		/* signs of a restore at the begin of the quiesce */
	struct quiesce_waiter *waiters;
	int kept_fd;				/* memfd of the persisted state; 0 or less: none */
	const char *failed_step;		/* of the last quiesce or resume */
	struct reply error;			/* for the waiters of a failed row */
	struct buf answer;			/* members of the last quiesce's reply */
	struct resume_params resume;
	struct buf resume_answer;
	uint64_t quiesces, resumes, thaws, auto_thaws;
};

struct snapshot {
	struct agent *agent;
	struct quiesce quiesce;
	struct workload workload;
	struct restore restore;
	struct hooks hooks;
	size_t freezers;		/* including abandoned ones */
};

/* Sets agent->snapshot, in the state RUNNING. */
void snapshot_init(struct agent *agent);
