/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the handover of a quiesce from one agent to the next.
 *
 * Never: trusts the persisted state without a check; a quiesce with an unreadable state is undone.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/quiesce_persist.h"
#include "agent/snapshot/quiesce_rows.h"
#include "common/cleanup.h"
#include "common/clock.h"

/* False: not a state that this version would write. */
static bool read_state(int fd, struct quiesce_kept *kept)
{
	return pread(fd, kept, sizeof(*kept), 0) == sizeof(*kept) && kept->version == QUIESCE_KEPT_VERSION && kept->size == sizeof(*kept) &&
	       kept->state <= QUIESCE_HELD && kept->mode <= QUIESCE_TEMPLATE && kept->on_timeout <= QUIESCE_HOLD &&
	       kept->block.ready <= FREEZE_MAX && kept->block.count <= FREEZE_NOTES && kept->block.ready <= kept->block.count &&
	       memchr(kept->id, '\0', sizeof(kept->id)) && memchr(kept->token, '\0', sizeof(kept->token)) &&
	       memchr(kept->generation, '\0', sizeof(kept->generation));
}

static void take_state(struct agent *agent, const struct quiesce_kept *kept)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	q->params = (struct quiesce_params){
		.mode = (enum quiesce_mode)kept->mode, .on_timeout = (enum quiesce_unknown)kept->on_timeout, .ttl_us = kept->ttl_us,
		.hook_us = kept->hook_us,
	};
	q->hooked = kept->hooked;
	q->keep_workload = kept->keep_workload || kept->state == QUIESCE_RESUMING;
	q->resume_failed = kept->resume_failed || kept->state == QUIESCE_RESUMING;
	q->unknown_passed = kept->unknown_passed;
	q->mark = kept->mark;
	/* Each agent counts announcements from 0. */
	q->mark.announced = agent->snapshot->restore.announced;
	q->fenced = true;
	q->quiesces = kept->quiesces;
	q->resumes = kept->resumes;
	q->thaws = kept->thaws;
	q->auto_thaws = kept->auto_thaws;
	memcpy(q->token, kept->token, sizeof(q->token));
	memcpy(q->generation, kept->generation, sizeof(q->generation));
	memcpy(q->id, kept->id, sizeof(q->id));
	workload_adopt(agent);
}

/* Joins the fds of both keys, without the fd of the state. */
static uint32_t take_fds(struct agent *agent, struct fdstore_entry *first, int fds[FREEZE_MAX])
{
	struct fdstore_entry *second = fdstore_find(agent, store_key(STORE_FREEZE, 1));
	uint32_t count = 0;

	for (unsigned int i = 1; i < first->fd_count && count < FREEZE_MAX; i++)
		fds[count++] = take_fd(&first->fds[i]);
	for (unsigned int i = 0; second && i < second->fd_count && count < FREEZE_MAX; i++)
		fds[count++] = take_fd(&second->fds[i]);
	first->taken = true;
	if (second)
		second->taken = true;
	return count;
}

/* The predecessor may have died at any step, so each file system is thawed; a thaw does no harm to one that is not frozen. */
static void assume_frozen(struct freeze_block *block, uint32_t fd_count)
{
	if (block->ready > fd_count)
		block->ready = fd_count;
	for (uint32_t i = 0; i < block->ready; i++)
		if (block->note[i].state == FREEZE_READY)
			block->note[i].state = FREEZE_FROZEN;
}

static int go_on(struct agent *agent, enum quiesce_state state, int64_t expires_us, const struct freeze_block *block, int *fds)
{
	struct quiesce *q = &agent->snapshot->quiesce;
	int64_t left = expires_us - clock_boot_us();
	int r = 0;

	memcpy(&q->notes, block, sizeof(q->notes));
	if (block->ready)
		q->freezer = freezer_new(agent, quiesce_freezer_done, block, fds, &r);
	if (r < 0) {
		log_line("quiesce: the freezer cannot be started for a thaw: %s", strerror(-r));
		return r;
	}
	if (state == QUIESCE_QUIESCED || state == QUIESCE_HELD) {
		quiesce_set_state(agent, state);
		if (expires_us)
			quiesce_set_expiry(agent, left > 0 ? left : 0);
		return quiesce_keep(agent, QUIESCE_KEEP_FDS);
	}
	log_line("quiesce: the last agent ended in the middle of a quiesce; the quiesce is undone");
	quiesce_undo(agent, LAST_THAW);
	return 0;
}

int quiesce_adopt(struct agent *agent)
{
	struct fdstore_entry *first = fdstore_find(agent, store_key(STORE_FREEZE, 0));
	struct quiesce *q = &agent->snapshot->quiesce;
	static struct quiesce_kept kept;
	int fds[FREEZE_MAX];
	uint32_t fd_count;
	bool readable;

	if (!first || first->fd_count == 0)
		return 0;
	readable = read_state(first->fds[0], &kept);
	fd_count = take_fds(agent, first, fds);
	q->kept_fd = take_fd(&first->fds[0]);
	if (!readable) {
		/* A state of another version: the quiesce is undone. */
		memset(&kept, 0, sizeof(kept));
		kept.state = QUIESCE_QUIESCING;
		kept.block.ready = kept.block.count = fd_count;
		for (uint32_t i = 0; i < fd_count; i++)
			kept.block.note[i].state = FREEZE_FROZEN;
	}
	take_state(agent, &kept);
	assume_frozen(&kept.block, fd_count);
	while (fd_count > kept.block.ready)
		close_fd(&fds[--fd_count]);
	return go_on(agent, (enum quiesce_state)kept.state, kept.expires_us, &kept.block, fds);
}
