/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the pipes and rings of execs.
 *
 * A full ring makes room in this order: more memory, as long as the ring is small or a reader lags; bytes that every
 * attached reader was sent long ago; the oldest bytes, if no reader is attached; else the pipe is not read, and the
 * program waits.
 *
 * Never: drops a byte that an attached reader was not sent, or that may still be on its way to the reader.
 */
#include "agent/exec/exec_io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_persist.h"
#include "agent/exec/persist.h"
#include "agent/exec/relay_pipe.h"
#include "common/cleanup.h"
#include "common/io.h"

/* At most LIMIT_RING_LAST_BYTES: the first read must fit the smallest ring. */
#define FIRST_READ LIMIT_RING_LAST_BYTES
/* A stream that has carried so many bytes is a busy one. */
#define BUSY_BYTES (256u << 10)
/* VEOF of a terminal whose program did not choose another: Ctrl-D. */
#define TTY_EOF 4

static int stream_of(const struct exec_output *o)
{
	return (int)(o - o->exec->out);
}

static void drop_to(struct exec_output *o, uint64_t offset)
{
	uint64_t known = o->sent > o->ring.tail ? o->sent : o->ring.tail;

	if (offset > known)
		o->lost += offset - known;
	ring_drop_to(&o->ring, offset);
	exec_persist_output(o);
}

/* Frees rings of ended execs, the oldest first, for running execs. A later reader gets a gap for their output. */
static bool reclaim(struct agent *agent, size_t wanted)
{
	while (agent->execs->rings_bytes + wanted > agent->execs->rings_max) {
		struct exec *oldest = agent->execs->oldest;

		while (oldest && (oldest->state != EXEC_ENDED || oldest->readers ||
				  (!oldest->out[0].ring.size && !oldest->out[1].ring.size)))
			oldest = oldest->newer;
		if (!oldest)
			return false;
		for (int i = 0; i < 2; i++) {
			drop_to(&oldest->out[i], oldest->out[i].ring.head);
			exec_ring_free(oldest, &oldest->out[i].ring);
		}
	}
	return true;
}

/* The ring's new memory is persisted before the old memory is freed. */
static void save_ring(struct exec *e, const struct ring *ring)
{
	if (ring == &e->in.ring)
		exec_persist_input(e);
	else
		exec_persist_output(ring == &e->out[0].ring ? &e->out[0] : &e->out[1]);
}

bool exec_ring_resize(struct exec *e, struct ring *ring, size_t size)
{
	struct agent *agent = e->agent;
	struct ring old = *ring;
	uint64_t place;
	void *data;

	if (size > ring->size && !reclaim(agent, size - ring->size)) {
		if (ring->size)
			return false;
		size = LIMIT_RING_LAST_BYTES;
	}
	data = persist_alloc(agent, size, &place);
	if (!data && !ring->size)
		data = persist_alloc(agent, size = LIMIT_RING_LAST_BYTES, &place);
	if (!data)
		return false;
	agent->execs->rings_bytes += size - ring->size;
	ring_move(ring, data, size);
	ring->place = place;
	save_ring(e, ring);
	if (old.data)
		persist_free(agent, old.data, old.place, old.size);
	return true;
}

void exec_ring_fit(struct exec *e, struct ring *ring)
{
	size_t size = LIMIT_RING_LAST_BYTES;

	while (size < ring_used(ring))
		size *= 2;
	if (size < ring->size)
		exec_ring_resize(e, ring, size);
}

void exec_ring_free(struct exec *e, struct ring *ring)
{
	struct ring old = *ring;

	if (!old.data)
		return;
	e->agent->execs->rings_bytes -= old.size;
	ring->data = NULL;
	ring->size = 0;
	ring->tail = ring->head;
	save_ring(e, ring);
	persist_free(e->agent, old.data, old.place, old.size);
}

/* The lowest offset that an attached reader still has to be sent. */
static uint64_t wanted_from(const struct exec_output *o)
{
	uint64_t from = o->ring.head;

	for (const struct exec_reader *a = o->exec->readers; a; a = a->next)
		if (a->reads && a->offset[stream_of(o)] < from)
			from = a->offset[stream_of(o)];
	return from;
}

/*
 * The offset up to which bytes may be dropped, of those that every attached reader was sent. Sent is not received:
 * after a lost connection the host asks again for the bytes that its sockets held, so LIMIT_IN_FLIGHT_BYTES are kept.
 */
static uint64_t given_up_to(const struct exec_output *o)
{
	const struct ring *ring = &o->ring;
	size_t kept = ring->size / 2 < LIMIT_IN_FLIGHT_BYTES ? ring->size / 2 : LIMIT_IN_FLIGHT_BYTES;
	uint64_t wanted = wanted_from(o);

	return wanted > ring->tail + kept ? wanted - kept : ring->tail;
}

static bool make_room(struct exec_output *o)
{
	struct exec *e = o->exec;
	struct ring *ring = &o->ring;
	/* A quarter at a time: the rest stays as history for readers that attach later. */
	uint64_t goal = ring->head - ring->size / 4 * 3;
	uint64_t given = given_up_to(o);
	size_t size = ring->size ? ring->size * 2 : LIMIT_RING_FIRST_BYTES;
	bool readers = exec_readers_read(e), has_given = readers && given > ring->tail;

	if (ring_space(ring))
		return true;
	if (size > e->ring_max && !ring->size)
		size = e->ring_max;
	/* A ring grows beyond the bytes in flight only for a reader that lags. */
	if (size <= e->ring_max && (!has_given || ring->size < 2 * LIMIT_IN_FLIGHT_BYTES) && exec_ring_resize(e, ring, size))
		return true;
	if (has_given)
		drop_to(o, given < goal ? given : goal);
	else if (readers || e->block_when_unread || e->hold.due_us || !ring->size)
		return false;
	else
		drop_to(o, goal);
	return true;
}

/*
 * The default pipe of 64 KiB halves the throughput of a busy stream. Only busy streams get a larger pipe, which costs a
 * system call. A failure is ignored: the default works, and a terminal has no pipe.
 */
static void widen(int fd, bool *is_wide)
{
	if (!*is_wide)
		fcntl(fd, F_SETPIPE_SZ, LIMIT_PIPE_BYTES);
	*is_wide = true;
}

bool exec_ring_has_room(struct exec_output *o, size_t n)
{
	return (o->ring.size || make_room(o)) && ring_space(&o->ring) >= n;
}

/* The bytes stay in the pipe, and the program waits once the pipe is full. */
static void wait_for_memory(struct exec_output *o)
{
	struct agent *agent = o->exec->agent;

	loop_unwatch(&agent->loop, &o->watch);
	if (!agent->execs->memory_again.due_us)
		loop_timer_set(&agent->loop, &agent->execs->memory_again, LIMIT_MEMORY_AGAIN_US);
}

void exec_memory_again(struct timer *timer)
{
	struct agent *agent = container_of(timer, struct execs, memory_again)->agent;

	for (struct exec *e = agent->execs->newest; e; e = e->next)
		for (int i = 0; i < 2; i++)
			if (e->out[i].watch.fd >= 0 && !e->out[i].watch.added && !e->out[i].ring.size)
				loop_watch(&agent->loop, &e->out[i].watch, EPOLLIN);
}

static bool has_bytes(int fd)
{
	int count = 0;

	return ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

void exec_output_read(struct exec_output *o)
{
	struct exec *e = o->exec;
	size_t moved = 0;

	if (o->watch.fd < 0)
		return;
	while (moved < LIMIT_TURN_BYTES) {
		size_t space = FIRST_READ;
		ssize_t n;

		if (o->ring.size && !make_room(o)) {
			/* EPOLLHUP is of no use now; exec_output_sent() watches again. */
			loop_unwatch(&e->agent->loop, &o->watch);
			return;
		}
		if (!o->ring.size && has_bytes(o->watch.fd) && !make_room(o)) {
			wait_for_memory(o);
			return;
		}
		if (o->ring.size)
			space = ring_space(&o->ring);
		n = relay_pipe_fill(o, &space);
		if (n == -EAGAIN)
			break;
		if (n <= 0) {
			exec_output_close(o);
			return;
		}
		/* A ring gets memory with the first byte: most streams of most execs end without one. */
		if (o->ring.size || make_room(o))
			relay_pipe_take(o, (size_t)n);
		else
			relay_pipe_lose(o, (size_t)n);
		if (o->ring.head >= BUSY_BYTES)
			widen(o->watch.fd, &o->wide);
		o->must_read -= (size_t)n < o->must_read ? (size_t)n : o->must_read;
		moved += (size_t)n;
		exec_readers_wake(e);
		if ((size_t)n < space)
			break;
	}
	loop_watch(&e->agent->loop, &o->watch, EPOLLIN);
}

void exec_output_close(struct exec_output *o)
{
	struct exec *e = o->exec;

	loop_close(&e->agent->loop, &o->watch);
	o->must_read = 0;
	exec_persist_output(o);
	/*
	 * While the program runs, the end of a stream is no news to the program: PID 1's copy is closed when the
	 * program ends.
	 */
	if (e->state == EXEC_ENDED)
		exec_fds_keep_less(e);
	exec_readers_wake(e);
}

void exec_output_sent(struct exec_output *o, uint64_t offset)
{
	if (offset > o->sent)
		o->sent = offset;
	if (o->watch.fd < 0 || o->watch.added)
		return;
	/* A paused pipe is not read for every piece that a lagging reader takes, but only once the ring has room. */
	if ((!exec_readers_read(o->exec) && !o->exec->hold.due_us) || ring_space(&o->ring) || given_up_to(o) > o->ring.tail)
		loop_watch(&o->exec->agent->loop, &o->watch, EPOLLIN);
}

void exec_input_close(struct exec *e)
{
	loop_close(&e->agent->loop, &e->in.watch);
	exec_ring_free(e, &e->in.ring);
	exec_persist_input(e);
	exec_fds_keep_less(e);
	exec_readers_wake(e);
}

/*
 * Called when all input is written: closes the pipe, or types the character for end of file into a terminal, which may
 * be read on.
 */
static void finish_input(struct exec *e)
{
	char eof = TTY_EOF;

	if (!e->tty) {
		exec_input_close(e);
	} else if (io_write(e->in.watch.fd, &eof, 1) == 1) {
		e->in.ended = false;
		exec_persist_input(e);
	}
}

void exec_input_write(struct exec *e)
{
	struct exec_input *in = &e->in;
	size_t moved = 0;

	if (in->watch.fd < 0)
		return;
	while (ring_used(&in->ring) && moved < LIMIT_TURN_BYTES) {
		ssize_t n = relay_pipe_send(e);

		if (n == -EAGAIN) {
			widen(in->watch.fd, &in->wide);
			break;
		}
		if (n < 0) {
			/* EPIPE: the program closed its stdin. The rest of the input is dropped. */
			exec_input_close(e);
			return;
		}
		/*
		 * An empty ring of stdin restarts at the ring's first bytes, which are in the CPU's cache: no reader
		 * has an offset in it.
		 */
		if (ring_used(&in->ring) == 0) {
			in->ring.head = in->ring.tail = 0;
			exec_persist_input(e);
		}
		moved += (size_t)n;
		exec_readers_wake(e);
	}
	if (ring_used(&in->ring) == 0 && in->ended)
		finish_input(e);
	if (in->watch.fd >= 0)
		loop_watch(&e->agent->loop, &in->watch, ring_used(&in->ring) || in->ended ? EPOLLOUT : 0);
}

void exec_input_end(struct exec *e)
{
	e->in.ended = true;
	exec_persist_input(e);
	exec_input_write(e);
}
