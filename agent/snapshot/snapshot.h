/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest stands still for a snapshot, and goes on: docs/reference/protocol.md, section 7.
 *
 *	            quiesce     thaw       resume     the time is over       a step fails
 *	RUNNING     QUIESCING   -          RESUMING   -                      -
 *	QUIESCING   busy        THAWING    RESUMING   THAWING                THAWING
 *	QUIESCED    busy        THAWING    RESUMING   THAWING                -
 *	THAWING     busy        waits      RESUMING   -                      noted, goes on
 *	RESUMING    busy        busy       busy       -                      HELD, unless it may
 *	HELD        busy        by force   RESUMING   THAWING, or -          -
 *
 * A row of steps that has ended leads from QUIESCING to QUIESCED, from THAWING to RUNNING (to HELD where the workload must wait),
 * from RESUMING to RUNNING. What was done is noted where it was done (freezer, workload, hooks, workers), so that undoing is the same
 * row of steps from wherever one is.
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
	QUIESCE_HELD,		/* the workload waits for a resume, or is thawed by force */
};

enum quiesce_mode { QUIESCE_MEMORY, QUIESCE_DISK, QUIESCE_TEMPLATE };

/* What becomes of the workload when the time is over and the guest cannot know whether it was restored. */
enum quiesce_unknown { QUIESCE_LATER, QUIESCE_THAW, QUIESCE_HOLD };

/* Who asked for the row of steps at hand, or of the last one. */
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
	struct buf request;	/* its text: decoded again where it is used */
	int64_t clock_step_us;
	uint64_t connections_closed;
	struct sockets_result sockets;
	struct buf network_report;	/* members; empty: the network was left alone */
	struct buf mounts_report;	/* items, one for each that was tried */
	size_t mounts_tried;
	int mount_error;		/* of the first that failed */
	char mount_target[LIMIT_MOUNT_SHOWN];	/* of the one at hand, for messages */
	bool was_quiesced;
	char id[QUIESCE_ID_SIZE];
	char generation[GENERATION_SIZE];	/* the new one */
};

struct quiesce {
	enum quiesce_state state;
	enum quiesce_last last;
	char token[GENERATION_SIZE];
	char generation[GENERATION_SIZE];	/* when it began */
	char id[QUIESCE_ID_SIZE];		/* "": there was none */
	struct quiesce_params params;
	int64_t expires_us;			/* CLOCK_BOOTTIME; 0: no time runs */
	struct steps steps;
	struct timer expiry;
	struct timer bound;			/* of the step at hand */
	struct freezer *freezer;
	struct freeze_block notes;		/* of the freezer that was there last */
	bool fenced, hooked;			/* what is to be undone besides */
	bool no_sockets;			/* there were none when the workload stood still */
	bool keep_workload;			/* this thaw does not let it go */
	bool unknown_passed;			/* LIMIT_UNKNOWN_US is over too */
	bool resume_failed;			/* so the workload waits for another */
	uint64_t last_connection;		/* the newest at the fence */
	struct restore_mark mark;		/* the signs of a restore, as they were then */
	struct quiesce_waiter *waiters;
	int kept_fd;				/* memfd of the state, for the next agent; 0 or less: there is none */
	const char *failed_step;		/* of the last quiesce or resume */
	struct reply error;			/* for those who wait for what failed */
	struct buf answer;			/* members of the last quiesce's */
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
	size_t freezers;		/* those that were abandoned included */
};

/* Makes agent->snapshot: the guest runs. */
void snapshot_init(struct agent *agent);
