/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns what of a quiesce outlives the agent: its state in a memfd, and the fds of what is frozen, both kept by PID 1, which thaws at the
 * time that it was told if no agent does.
 *
 * Never: trusts what comes back further than it can be checked; a state that cannot be read is undone.
 */
#include "agent/snapshot/quiesce.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "common/cleanup.h"
#include "common/clock.h"

#define VERSION 1u
/* PID 1 is the last resort: an agent that lives is first. */
#define PID1_LATER_US 50000

/* A new field gets a new version: the agent that reads it may be another than the one that wrote it. */
struct kept {
	uint32_t version, size;
	uint32_t state, mode, on_timeout;
	uint32_t hooked, keep_workload, resume_failed, unknown_passed;
	struct restore_mark mark;
	int64_t expires_us, ttl_us, hook_us;
	uint64_t quiesces, resumes, thaws, auto_thaws;
	char token[GENERATION_SIZE], generation[GENERATION_SIZE], id[QUIESCE_ID_SIZE];
	struct freeze_block block;
};

static void write_state(struct agent *agent)
{
	const struct quiesce *q = &agent->quiesce;
	static struct kept kept;
	size_t size = offsetof(struct kept, block);

	kept = (struct kept){
		.version = VERSION, .size = sizeof(kept), .state = q->state, .mode = q->params.mode, .on_timeout = q->params.on_timeout,
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
		log_line("quiesce: its state could not be kept");
}

static int put_fds(struct agent *agent)
{
	const struct quiesce *q = &agent->quiesce;
	int fds[1 + FREEZE_MAX] = { q->kept_fd };
	unsigned int count = 1;
	int r;

	for (uint32_t i = 0; q->freezer && i < q->freezer->fd_count; i++)
		fds[count++] = q->freezer->fds[i];
	r = store_put(agent, store_key(STORE_FREEZE, 0), 0, 0, fds, count < STORE_FDS ? count : STORE_FDS);
	if (r == 0 && count > STORE_FDS)
		r = store_put(agent, store_key(STORE_FREEZE, 1), 0, 0, fds + STORE_FDS, count - STORE_FDS);
	return r;
}

int quiesce_keep(struct agent *agent, enum quiesce_keep what)
{
	struct quiesce *q = &agent->quiesce;

	if (agent->lifeline < 0)
		return 0;
	if (q->kept_fd <= 0) {
		q->kept_fd = memfd_create("pith-quiesce", MFD_CLOEXEC);
		if (q->kept_fd < 0)
			return -errno;
		/* So that what is read later has one size. */
		if (ftruncate(q->kept_fd, sizeof(struct kept)) < 0)
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
	store_tell(agent, LIFELINE_THAW_AT, &never, sizeof(never));
	store_drop(agent, store_key(STORE_FREEZE, 0));
	store_drop(agent, store_key(STORE_FREEZE, 1));
	close_fd(&agent->quiesce.kept_fd);
}

/* As on_expiry() of quiesce.c would decide, as far as PID 1 can. */
int quiesce_tell_expiry(struct agent *agent, int64_t ttl_us)
{
	const struct quiesce *q = &agent->quiesce;
	struct lifeline_thaw at = { .files_us = clock_us(CLOCK_MONOTONIC) + ttl_us + PID1_LATER_US };
	bool restored = quiesce_was_restored(agent);

	if (agent->lifeline < 0)
		return 0;
	if (!restored && (q->params.on_timeout == QUIESCE_THAW || q->state == QUIESCE_HELD))
		at.work_us = at.files_us;
	else if (!restored && q->params.on_timeout == QUIESCE_LATER)
		at.work_us = at.files_us + LIMIT_UNKNOWN_US;
	return store_tell(agent, LIFELINE_THAW_AT, &at, sizeof(at));
}

/* False: it is not what this agent would write. */
static bool read_state(int fd, struct kept *kept)
{
	return pread(fd, kept, sizeof(*kept), 0) == sizeof(*kept) && kept->version == VERSION && kept->size == sizeof(*kept) &&
	       kept->state <= QUIESCE_HELD && kept->mode <= QUIESCE_TEMPLATE && kept->on_timeout <= QUIESCE_HOLD &&
	       kept->block.ready <= FREEZE_MAX && kept->block.count <= FREEZE_NOTES && kept->block.ready <= kept->block.count &&
	       memchr(kept->id, '\0', sizeof(kept->id)) && memchr(kept->token, '\0', sizeof(kept->token)) &&
	       memchr(kept->generation, '\0', sizeof(kept->generation));
}

static void take_state(struct agent *agent, const struct kept *kept)
{
	struct quiesce *q = &agent->quiesce;

	q->params = (struct quiesce_params){
		.mode = (enum quiesce_mode)kept->mode, .on_timeout = (enum quiesce_unknown)kept->on_timeout, .ttl_us = kept->ttl_us,
		.hook_us = kept->hook_us,
	};
	q->hooked = kept->hooked;
	q->keep_workload = kept->keep_workload || kept->state == QUIESCE_RESUMING;
	q->resume_failed = kept->resume_failed || kept->state == QUIESCE_RESUMING;
	q->unknown_passed = kept->unknown_passed;
	q->mark = kept->mark;
	/* What was announced to that agent is not counted by this one. */
	q->mark.announced = agent->restore.announced;
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

/* The fds of both keys behind each other, without the state's. */
static uint32_t take_fds(struct agent *agent, struct stored *first, int fds[FREEZE_MAX])
{
	struct stored *second = store_find(agent, store_key(STORE_FREEZE, 1));
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

/* Nobody knows how far its predecessor came: whatever may be frozen is thawed, which does no harm to what is not. */
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
	struct quiesce *q = &agent->quiesce;
	int64_t left = expires_us - clock_boot_us();
	int r = 0;

	memcpy(&q->notes, block, sizeof(q->notes));
	if (block->ready)
		q->freezer = freezer_new(agent, quiesce_freezer_done, block, fds, &r);
	if (r < 0) {
		log_line("quiesce: no process to thaw with: %s", strerror(-r));
		return r;
	}
	if (state == QUIESCE_QUIESCED || state == QUIESCE_HELD) {
		q->state = state;
		if (expires_us)
			quiesce_set_expiry(agent, left > 0 ? left : 0);
		return quiesce_keep(agent, QUIESCE_KEEP_FDS);
	}
	log_line("quiesce: the agent before this one ended in the middle of it; it is undone");
	quiesce_undo(agent, LAST_THAW);
	return 0;
}

int quiesce_adopt(struct agent *agent)
{
	struct stored *first = store_find(agent, store_key(STORE_FREEZE, 0));
	struct quiesce *q = &agent->quiesce;
	static struct kept kept;
	int fds[FREEZE_MAX];
	uint32_t fd_count;
	bool readable;

	if (!first || first->fd_count == 0)
		return 0;
	readable = read_state(first->fds[0], &kept);
	fd_count = take_fds(agent, first, fds);
	q->kept_fd = take_fd(&first->fds[0]);
	if (!readable) {
		/* Another version's: it is undone as a whole. */
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
