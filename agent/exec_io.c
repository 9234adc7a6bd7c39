/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the pipes and rings of execs.
 *
 * A ring that is full makes room in this order: more memory, as long as it is small or a reader lags; what every attached
 * reader was given long ago; the oldest bytes, if nobody is attached; else the pipe is not read, and the program waits.
 *
 * Never: drops a byte that an attached reader was not given, or that may still be on its way to it.
 */
#include "exec_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "agent.h"
#include "attach.h"
#include "cleanup.h"
#include "exec.h"
#include "io.h"
#include "limits.h"

/* At most LIMIT_RING_LAST_BYTES: it must fit the smallest ring there is. */
#define FIRST_READ LIMIT_RING_LAST_BYTES
/* A stream that has carried that much is a busy one. */
#define BUSY_BYTES (256u << 10)
/* VEOF of a terminal whose program did not choose another: Ctrl-D. */
#define TTY_EOF 4

static int stream_of(const struct exec_output *o)
{
	return (int)(o - o->exec->out);
}

bool exec_has_readers(const struct exec *e)
{
	for (const struct attachment *a = e->attachments; a; a = a->next)
		if (attachment_reads(a))
			return true;
	return false;
}

static void drop_to(struct exec_output *o, uint64_t offset)
{
	uint64_t known = o->sent > o->ring.tail ? o->sent : o->ring.tail;

	if (offset > known)
		o->lost += offset - known;
	ring_drop_to(&o->ring, offset);
}

/* What those who still run need, the oldest of those who have ended give: their history is gone then, and told as a gap. */
static bool reclaim(struct agent *agent, size_t wanted)
{
	while (agent->rings_bytes + wanted > agent->rings_max) {
		struct exec *oldest = NULL;

		for (struct exec *e = agent->execs; e; e = e->next)
			if (e->state == EXEC_ENDED && !e->attachments && (e->out[0].ring.size || e->out[1].ring.size))
				oldest = e;
		if (!oldest)
			return false;
		for (int i = 0; i < 2; i++) {
			drop_to(&oldest->out[i], oldest->out[i].ring.head);
			exec_ring_free(oldest, &oldest->out[i].ring);
		}
	}
	return true;
}

bool exec_ring_resize(struct exec *e, struct ring *ring, size_t size)
{
	struct agent *agent = e->agent;
	void *data;

	if (size > ring->size && !reclaim(agent, size - ring->size)) {
		if (ring->size)
			return false;
		size = LIMIT_RING_LAST_BYTES;
	}
	data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return false;
	/* Children are clones of us until their execve(): what they do not get costs their start nothing. */
	madvise(data, size, MADV_DONTFORK);
	agent->rings_bytes += size - ring->size;
	if (ring->data) {
		uint8_t *old = ring->data;
		size_t old_size = ring->size;

		ring_move(ring, data, size);
		munmap(old, old_size);
	} else {
		ring->data = data;
		ring->size = size;
	}
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
	if (ring->data)
		munmap(ring->data, ring->size);
	e->agent->rings_bytes -= ring->size;
	ring->data = NULL;
	ring->size = 0;
	ring->tail = ring->head;
}

/* The oldest byte that an attached reader still has to be given. */
static uint64_t wanted_from(const struct exec_output *o)
{
	uint64_t from = o->ring.head;

	for (const struct attachment *a = o->exec->attachments; a; a = a->next)
		if (attachment_reads(a) && a->offset[stream_of(o)] < from)
			from = a->offset[stream_of(o)];
	return from;
}

/*
 * What may go of what every attached reader was given. Given is not received: when a connection is cut, what its sockets held
 * is asked for again, so as much is kept.
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
	/* A quarter at a time: the rest stays as history for those who attach later. */
	uint64_t goal = ring->head - ring->size / 4 * 3;
	uint64_t given = given_up_to(o);
	size_t size = ring->size ? ring->size * 2 : LIMIT_RING_FIRST_BYTES;
	bool readers = exec_has_readers(e), has_given = readers && given > ring->tail;

	if (ring_space(ring))
		return true;
	if (size > e->ring_max && !ring->size)
		size = e->ring_max;
	/* Beyond what may be in flight, memory is only for readers that lag. */
	if (size <= e->ring_max && (!has_given || ring->size < 2 * LIMIT_IN_FLIGHT_BYTES) && exec_ring_resize(e, ring, size))
		return true;
	if (has_given)
		drop_to(o, given < goal ? given : goal);
	else if (readers || e->block_when_unread || !ring->size)
		return false;
	else
		drop_to(o, goal);
	return true;
}

/*
 * Larger pipes, fewer turns: 64 KiB, the default, halves what a busy stream carries. Only for busy ones, because it costs a system
 * call. Where the kernel does not want to, or for a terminal, the default will do.
 */
static void widen(int fd, bool *is_wide)
{
	if (!*is_wide)
		fcntl(fd, F_SETPIPE_SZ, LIMIT_PIPE_BYTES);
	*is_wide = true;
}

/*
 * The first bytes of a stream, without a ring to put them into yet: most streams of most execs end without any.
 */
static ssize_t read_first(struct exec_output *o)
{
	static uint8_t first[FIRST_READ];
	struct iovec iov[2];
	ssize_t n = io_read(o->watch.fd, first, sizeof(first));

	if (n <= 0)
		return n;
	if (!make_room(o)) {
		/* No memory at all, not even LIMIT_RING_LAST_BYTES. */
		o->lost += (size_t)n;
		o->ring.head += (size_t)n;
		o->ring.tail = o->ring.head;
		return n;
	}
	ring_free_iov(&o->ring, (size_t)n, iov);
	memcpy(iov[0].iov_base, first, (size_t)n);
	ring_commit(&o->ring, (size_t)n);
	return n;
}

/* To the ring; *ret_space is what there was room for. */
static ssize_t read_on(struct exec_output *o, size_t *ret_space)
{
	struct iovec iov[2];
	ssize_t n;

	*ret_space = ring_space(&o->ring);
	n = io_readv(o->watch.fd, iov, ring_free_iov(&o->ring, *ret_space, iov));
	if (n > 0)
		ring_commit(&o->ring, (size_t)n);
	if (o->ring.head >= BUSY_BYTES)
		widen(o->watch.fd, &o->wide);
	return n;
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
			/* Not even EPOLLHUP is of interest now; exec_output_sent() comes back. */
			loop_unwatch(&e->agent->loop, &o->watch);
			return;
		}
		n = o->ring.size ? read_on(o, &space) : read_first(o);
		if (n == -EAGAIN)
			break;
		if (n <= 0) {
			loop_close(&e->agent->loop, &o->watch);
			o->must_read = 0;
			attachments_touch(e);
			return;
		}
		o->must_read -= (size_t)n < o->must_read ? (size_t)n : o->must_read;
		moved += (size_t)n;
		attachments_touch(e);
		if ((size_t)n < space)
			break;
	}
	loop_watch(&e->agent->loop, &o->watch, EPOLLIN);
}

void exec_output_sent(struct exec_output *o, uint64_t offset)
{
	if (offset > o->sent)
		o->sent = offset;
	if (o->watch.fd < 0 || o->watch.added)
		return;
	/* Not for every piece that a lagging reader takes: only if there is room then. */
	if (!exec_has_readers(o->exec) || ring_space(&o->ring) || given_up_to(o) > o->ring.tail)
		loop_watch(&o->exec->agent->loop, &o->watch, EPOLLIN);
}

void exec_input_close(struct exec *e)
{
	loop_close(&e->agent->loop, &e->in.watch);
	exec_ring_free(e, &e->in.ring);
	attachments_touch(e);
}

/* With everything written: close, or for a terminal type the character that means the end; it may be read again after that. */
static void finish_input(struct exec *e)
{
	char eof = TTY_EOF;

	if (!e->tty)
		exec_input_close(e);
	else if (io_write(e->in.watch.fd, &eof, 1) == 1)
		e->in.ended = false;
}

void exec_input_write(struct exec *e)
{
	struct exec_input *in = &e->in;
	size_t moved = 0;

	if (in->watch.fd < 0)
		return;
	while (ring_used(&in->ring) && moved < LIMIT_TURN_BYTES) {
		struct iovec iov[2];
		int count = ring_data_iov(&in->ring, in->ring.tail, ring_used(&in->ring), iov);
		ssize_t n = io_writev(in->watch.fd, iov, count);

		if (n == -EAGAIN) {
			widen(in->watch.fd, &in->wide);
			break;
		}
		if (n < 0) {
			/* EPIPE: the program closed its stdin. What is left is not wanted. */
			exec_input_close(e);
			return;
		}
		ring_drop_to(&in->ring, in->ring.tail + (size_t)n);
		/* Nobody knows its offsets: an empty ring starts again where the cache is warm. */
		if (ring_used(&in->ring) == 0)
			in->ring.head = in->ring.tail = 0;
		in->written += (size_t)n;
		moved += (size_t)n;
		attachments_touch(e);
	}
	if (ring_used(&in->ring) == 0 && in->ended)
		finish_input(e);
	if (in->watch.fd >= 0)
		loop_watch(&e->agent->loop, &in->watch, ring_used(&in->ring) || in->ended ? EPOLLOUT : 0);
}

void exec_input_end(struct exec *e)
{
	e->in.ended = true;
	exec_input_write(e);
}
