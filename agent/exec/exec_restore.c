/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the restoring of execs from the persisted state: slots are checked, rings mapped, fds taken, and timers set
 * again.
 *
 * Never: trusts a slot that persist_check() refuses, makes up an exit status.
 */
#include <string.h>
#include <sys/ioctl.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_cgroup.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/exec_persist.h"
#include "agent/exec/persist.h"
#include "agent/exec/relay_pipe.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/frame.h"

static void restore_ring(struct exec *e, const struct persist_ring *from, struct ring *to)
{
	to->head = from->head;
	to->tail = from->head;
	if (from->size == 0)
		return;
	to->data = persist_map(e->agent, from->place, (size_t)from->size);
	if (!to->data)
		return;
	to->place = from->place;
	to->size = (size_t)from->size;
	to->tail = from->tail;
	e->agent->execs->rings_bytes += to->size;
}

/* The agent before closed the stream, and died before PID 1 was told. */
static void close_late(struct exec *e, int *fd)
{
	if (*fd < 0)
		return;
	close_fd(fd);
	e->keep_due = true;
}

static void restore_streams(struct exec *e, const struct persist_view *view)
{
	for (int i = 0; i < 2; i++) {
		restore_ring(e, &view->out[i], &e->out[i].ring);
		e->out[i].sent = view->out[i].done;
		e->out[i].lost = view->out[i].lost;
		if (!view->out[i].open)
			close_late(e, &e->out[i].watch.fd);
	}
	restore_ring(e, &view->in, &e->in.ring);
	e->in.written = view->in.done;
	e->in.ended = view->in.ended;
	if (!view->in.open)
		close_late(e, &e->in.watch.fd);
}

static void restore(struct exec *e, const struct persist_view *view)
{
	const struct persist_exec *exec = &view->exec;
	struct fdstore_entry *stored = fdstore_find(e->agent, store_key(STORE_EXEC, view->number));

	memcpy(e->id, view->id, sizeof(e->id));
	memcpy(e->argv, view->argv, sizeof(e->argv));
	e->argv_count = view->argv_count;
	e->argv_cut = exec->flags & PERSIST_ARGV_CUT;
	e->number = view->number;
	e->state = (enum exec_state)exec->state;
	e->pid = exec->pid;
	e->tty = exec->flags & PERSIST_TTY;
	e->block_when_unread = exec->flags & PERSIST_BLOCK;
	e->kill_requested = exec->flags & PERSIST_KILL_REQUESTED;
	e->timed_out = exec->flags & PERSIST_TIMED_OUT;
	e->grace_us = exec->grace_us;
	e->ring_max = (size_t)exec->ring_max;
	e->started_us = exec->started_us;
	e->started_realtime_us = exec->started_realtime_us;
	e->drain_until_us = exec->drain_until_us;
	e->record = exec->record;
	e->was_gone = (enum exec_gone)exec->gone;
	e->was_read = exec->flags & PERSIST_READ;
	e->due_us = exec->timeout_due_us;
	e->foreign = true;
	if (stored)
		exec_fds_take(e, stored);
	restore_streams(e, view);
	if (exec->flags & PERSIST_LEAF)
		cgroup_open(&e->cgroup, e->agent->work_fd, e->id);
	exec_insert(e);
}

static void restore_slot(struct agent *agent, uint32_t index)
{
	struct persist_slot *slot = &agent->execs->persist.slots[index];
	struct persist_view view;
	struct exec *e = NULL;

	persist_slot_mark(agent, index);
	if (persist_check(slot, agent->execs->persist.header->next_place, &view) && !exec_find(agent, view.id))
		e = exec_alloc(agent);
	if (!e) {
		log_line("the persisted state of an exec cannot be read; the exec is forgotten");
		persist_slot_free(agent, slot);
		return;
	}
	e->slot = slot;
	restore(e, &view);
	if (e->state == EXEC_ENDED)
		agent->execs_ended++;
	else
		agent->execs_running++;
}

static void restore_env(struct agent *agent)
{
	const struct persist_header *header = agent->execs->persist.header;
	const struct persist_env *env = &header->env[header->env_live & 1];
	void *data;

	if (!env->size || env->size > FRAME_JSON_MAX || env->len > env->size || env->place < PERSIST_FIRST_PLACE ||
	    env->place % PERSIST_PLACE_BYTES || env->place >= header->next_place)
		return;
	data = persist_map(agent, env->place, (size_t)env->size);
	if (!data)
		return;
	agent->execs->base_env = BUF_INIT(FRAME_JSON_MAX);
	buf_append(&agent->execs->base_env, data, (size_t)env->len);
	/* Strings, each with its NUL. */
	if (agent->execs->base_env.failed || (env->len && agent->execs->base_env.data[env->len - 1] != '\0'))
		buf_deinit(&agent->execs->base_env);
	agent->execs->persist.env_data = data;
}

static void watch_streams(struct exec *e)
{
	for (int i = 0; i < 2; i++)
		if (e->out[i].watch.fd >= 0)
			loop_watch(&e->agent->loop, &e->out[i].watch, EPOLLIN);
	if (e->in.watch.fd >= 0)
		exec_input_write(e);
}

/* Sets the timers of the exec again, and handles events since the agent's death. */
static void go_on(struct exec *e)
{
	struct agent *agent = e->agent;
	struct fdstore_entry *stored = fdstore_find(agent, store_key(STORE_EXEC, e->number));
	int64_t now = clock_boot_us();

	if (e->state == EXEC_STARTING || (e->state == EXEC_RUNNING && e->process.fd < 0)) {
		exec_end_lost(e);
		return;
	}
	if (e->keep_due)
		exec_fds_keep_less(e);
	watch_streams(e);
	if (e->due_us)
		loop_timer_set(&agent->loop, &e->timeout, e->due_us - now);
	/* Readers of the agent before return within this time; until then their output is kept. */
	if (e->state != EXEC_ENDED && (e->was_read || e->was_gone))
		loop_timer_set(&agent->loop, &e->hold, LIMIT_RETURN_US);
	if (e->state == EXEC_RUNNING && stored && stored->give.exited)
		exec_reaped(e, &stored->give);
	else if (e->state == EXEC_DRAINING)
		exec_drain(e);
	else if (e->state == EXEC_ENDED)
		exec_cgroup_retire(e);
	exec_persist(e);
}

static struct exec *exec_at(struct agent *agent, uint32_t slot)
{
	for (struct exec *e = agent->execs->newest; e; e = e->next)
		if ((uint32_t)(e->slot - agent->execs->persist.slots) == slot)
			return e;
	return NULL;
}

/* Counts output that is in the relay pipe, or in the ring but not yet in the persisted head. */
static void recover_output(struct exec_output *o, const struct persist_op *op, size_t staged)
{
	uint64_t head = op->goal - staged;

	if (op->armed && o->ring.size && op->goal >= staged && head >= o->ring.head && head - o->ring.head <= ring_space(&o->ring))
		ring_commit(&o->ring, (size_t)(head - o->ring.head));
	if (staged == 0)
		return;
	if (exec_ring_has_room(o, staged))
		relay_pipe_take(o, staged);
	else
		relay_pipe_lose(o, staged);
}

static void recover_input(struct exec *e, const struct persist_op *op, size_t staged)
{
	struct exec_input *in = &e->in;
	uint64_t written = op->goal - staged;

	if (op->armed && op->goal >= staged && written >= in->written && written - in->written <= ring_used(&in->ring)) {
		ring_drop_to(&in->ring, in->ring.tail + (written - in->written));
		in->written = written;
		exec_persist_input(e);
	}
}

/* Finishes the transfer through the relay pipe in which the agent before died. */
static void recover(struct agent *agent)
{
	struct persist_op *op = &agent->execs->persist.header->op;
	struct exec *e = exec_at(agent, op->slot);
	int staged = 0;

	ioctl(agent->execs->relay.out, FIONREAD, &staged);
	if (e && op->kind == PERSIST_OP_OUTPUT && op->stream < 2)
		recover_output(&e->out[op->stream], op, (size_t)staged);
	else if (e && op->kind == PERSIST_OP_INPUT)
		recover_input(e, op, (size_t)staged);
	relay_pipe_settle(agent);
}

void exec_restore_all(struct agent *agent)
{
	const struct persist_header *header = agent->execs->persist.header;

	agent->execs->next_number = header->next_exec;
	agent->counters.execs_total = header->execs_total;
	agent->counters.execs_forgotten = header->execs_forgotten;
	restore_env(agent);
	for (uint32_t i = 0; i < header->slots_high; i++)
		if (agent->execs->persist.slots[i].number)
			restore_slot(agent, i);
	recover(agent);
	for (struct exec *e = agent->execs->newest; e; e = e->next)
		go_on(e);
}
