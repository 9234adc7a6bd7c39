/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the writing of an exec to its slot. Never: lets a slot hold, at any moment, a state that the exec never had. */
#include "agent/exec/exec_persist.h"

#include <string.h>

#include "agent/core/agent.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/persist.h"

static uint32_t flags_of(const struct exec *e)
{
	/* Readers that have not returned since the last death of the agent are waited for by the next agent too. */
	bool is_read = exec_readers_read(e) || (e->hold.due_us && e->was_read);

	return (e->tty ? PERSIST_TTY : 0) | (e->block_when_unread ? PERSIST_BLOCK : 0) | (e->kill_requested ? PERSIST_KILL_REQUESTED : 0) |
	       (e->timed_out ? PERSIST_TIMED_OUT : 0) | (e->cgroup.name[0] ? PERSIST_LEAF : 0) | (is_read ? PERSIST_READ : 0) |
	       (e->argv_cut ? PERSIST_ARGV_CUT : 0);
}

static uint32_t gone_of(const struct exec *e)
{
	uint32_t gone = e->hold.due_us ? e->was_gone : GONE_KEEP;

	for (const struct exec_reader *a = e->readers; a; a = a->next)
		if (a->when_gone == GONE_KILL || gone == GONE_KEEP)
			gone = a->when_gone;
	return gone;
}

void exec_persist(struct exec *e)
{
	struct persist_slot *slot = e->slot;
	uint32_t next = !slot->live;

	slot->copy[next] = (struct persist_exec){
		.state = e->state,
		.pid = e->pid,
		.flags = flags_of(e),
		.gone = gone_of(e),
		.grace_us = e->grace_us,
		.ring_max = e->ring_max,
		.started_us = e->started_us,
		.started_realtime_us = e->started_realtime_us,
		.drain_until_us = e->drain_until_us,
		.timeout_due_us = e->timeout.due_us,
		.record = e->record,
	};
	__atomic_store_n(&slot->live, next, __ATOMIC_RELEASE);
}

static void save_stream(struct persist_stream *stream, const struct persist_ring *ring)
{
	uint32_t next = !stream->live;

	stream->copy[next] = *ring;
	__atomic_store_n(&stream->live, next, __ATOMIC_RELEASE);
}

void exec_persist_output(struct exec_output *o)
{
	const struct persist_ring ring = {
		.place = o->ring.place,
		.size = o->ring.size,
		.tail = o->ring.tail,
		.head = o->ring.head,
		.done = o->sent,
		.lost = o->lost,
		.open = o->watch.fd >= 0,
	};

	save_stream(&o->exec->slot->out[o - o->exec->out], &ring);
}

void exec_persist_input(struct exec *e)
{
	const struct exec_input *in = &e->in;
	const struct persist_ring ring = {
		.place = in->ring.place,
		.size = in->ring.size,
		.tail = in->ring.tail,
		.head = in->ring.head,
		.done = in->written,
		.open = in->watch.fd >= 0,
		.ended = in->ended,
	};

	save_stream(&e->slot->in, &ring);
}

void exec_persist_new(struct exec *e)
{
	struct persist_slot *slot = e->slot;

	memset(slot, 0, sizeof(*slot));
	memcpy(slot->id, e->id, sizeof(e->id));
	memcpy(slot->argv, e->argv, sizeof(e->argv));
	slot->argv_count = (uint32_t)e->argv_count;
	exec_persist(e);
	__atomic_store_n(&slot->number, e->number, __ATOMIC_RELEASE);
}
