/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the persisted state of a quiesce: a memfd with the state, and the fds of frozen file systems, both kept by PID
 * 1, which thaws at the time that was set if no agent does. quiesce_adopt.c reads the state.
 *
 * Never: leaves a file system frozen while PID 1 has no time to thaw it at.
 */
#include "agent/snapshot/quiesce_persist.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/snapshot/quiesce.h"
#include "common/cleanup.h"
#include "common/clock.h"

/* PID 1 waits 50 ms longer than the agent, and so acts only if no agent does. */
#define PID1_LATER_US 50000

static void write_state(struct agent *agent)
{
	const struct quiesce *q = &agent->snapshot->quiesce;
	static struct quiesce_kept kept;
	size_t size = offsetof(struct quiesce_kept, block);

	kept = (struct quiesce_kept){
		.version = QUIESCE_KEPT_VERSION, .size = sizeof(kept), .state = q->state, .mode = q->params.mode,
		.on_timeout = q->params.on_timeout,
		.hooked = q->hooked, .keep_workload = q->keep_workload, .resume_failed = q->resume_failed,
		.unknown_passed = q->unknown_passed, .mark = q->mark, .expires_us = q->expires_us,
		.ttl_us = q->params.ttl_us, .hook_us = q->params.hook_us, .quiesces = q->quiesces, .resumes = q->resumes,
		.thaws = q->thaws, .auto_thaws = q->auto_thaws,
	};
	memcpy(kept.token, q->token, sizeof(kept.token));
	memcpy(kept.generation, q->generation, sizeof(kept.generation));
	memcpy(kept.id, q->id, sizeof(kept.id));
	if (q->freezer && q->freezer->fd_count) {
		memcpy(&kept.block, q->freezer->block, sizeof(kept.block));
		size = sizeof(kept);
	}
	if (pwrite(q->kept_fd, &kept, size, 0) != (ssize_t)size)
		log_line("quiesce: the state could not be kept");
}

static int put_fds(struct agent *agent)
{
	const struct quiesce *q = &agent->snapshot->quiesce;
	int fds[1 + FREEZE_MAX] = { q->kept_fd };
	unsigned int count = 1;
	int r;

	for (uint32_t i = 0; q->freezer && i < q->freezer->fd_count; i++)
		fds[count++] = q->freezer->fds[i];
	r = fdstore_put(agent, store_key(STORE_FREEZE, 0), 0, 0, fds, count < FDSTORE_FDS ? count : FDSTORE_FDS);
	if (r == 0 && count > FDSTORE_FDS)
		r = fdstore_put(agent, store_key(STORE_FREEZE, 1), 0, 0, fds + FDSTORE_FDS, count - FDSTORE_FDS);
	return r;
}

int quiesce_keep(struct agent *agent, enum quiesce_keep what)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	if (agent->lifeline < 0)
		return 0;
	if (q->kept_fd <= 0) {
		q->kept_fd = memfd_create("pith-quiesce", MFD_CLOEXEC);
		if (q->kept_fd < 0)
			return -errno;
		/* A reader can rely on one size. */
		if (ftruncate(q->kept_fd, sizeof(struct quiesce_kept)) < 0)
			return -errno;
	}
	write_state(agent);
	return what == QUIESCE_KEEP_FDS ? put_fds(agent) : 0;
}

void quiesce_forget(struct agent *agent)
{
	static const struct lifeline_thaw never;

	if (agent->lifeline < 0)
		return;
	fdstore_tell(agent, LIFELINE_THAW_AT, &never, sizeof(never));
	fdstore_drop(agent, store_key(STORE_FREEZE, 0));
	fdstore_drop(agent, store_key(STORE_FREEZE, 1));
	close_fd(&agent->snapshot->quiesce.kept_fd);
}

bool quiesce_was_restored(const struct agent *agent)
{
	return restore_since(agent, &agent->snapshot->quiesce.mark) == RESTORE_YES;
}

/* Decides as on_expiry() of quiesce_thaw.c does, as far as PID 1 can. */
int quiesce_tell_expiry(struct agent *agent, int64_t ttl_us)
{
	const struct quiesce *q = &agent->snapshot->quiesce;
	struct lifeline_thaw at = { .files_us = clock_us(CLOCK_MONOTONIC) + ttl_us + PID1_LATER_US };
	bool restored = quiesce_was_restored(agent);

	if (agent->lifeline < 0)
		return 0;
	if (!restored && (q->params.on_timeout == QUIESCE_THAW || q->state == QUIESCE_HELD))
		at.work_us = at.files_us;
	else if (!restored && q->params.on_timeout == QUIESCE_LATER)
		at.work_us = at.files_us + LIMIT_UNKNOWN_US;
	return fdstore_tell(agent, LIFELINE_THAW_AT, &at, sizeof(at));
}
