/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the relay pipe, and the note of the transfer that is under way (struct persist_op).
 *
 *	output	note; program's pipe -> relay pipe (splice); goal = the ring's next head; relay pipe -> ring (read); head = goal
 *	input	note; ring -> relay pipe (write); goal = bytes taken afterwards; relay pipe -> stdin (splice); drop the rest
 *
 * If the agent dies between two of these steps or inside a call, the next agent computes how far the transfer came: the
 * bytes in the relay pipe are the bytes that are missing to the goal. Without a goal they are output after the head, or
 * input that is still in the ring.
 *
 * Never: waits, leaves bytes in the relay pipe.
 */
#include "agent/exec/relay_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_persist.h"
#include "common/cleanup.h"
#include "common/io.h"

/* A terminal returns no more from one read, and the kernel allocates a page for each 4 KiB that are asked for. */
#define TTY_PIECE 4096u

int relay_pipe_open(struct agent *agent)
{
	struct fdstore_entry *stored = fdstore_find(agent, store_key(STORE_AGENT, STORE_STAGE));
	int fds[2];

	if (stored && stored->fd_count == 2) {
		stored->taken = true;
		agent->execs->relay.out = take_fd(&stored->fds[0]);
		agent->execs->relay.in = take_fd(&stored->fds[1]);
		return 0;
	}
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* As large as the largest pipe that fills the relay pipe; if the call fails, transfers are smaller. */
	fcntl(fds[0], F_SETPIPE_SZ, LIMIT_PIPE_BYTES);
	agent->execs->relay.out = fds[0];
	agent->execs->relay.in = fds[1];
	fdstore_put(agent, store_key(STORE_AGENT, STORE_STAGE), 0, 0, fds, 2);
	return 0;
}

static struct persist_op *note(const struct exec *e, enum persist_op_kind kind, uint32_t stream)
{
	struct persist_op *op = &e->agent->execs->persist.header->op;

	op->kind = kind;
	op->stream = stream;
	op->slot = (uint32_t)(e->slot - e->agent->execs->persist.slots);
	return op;
}

static void arm(struct persist_op *op, uint64_t goal)
{
	op->goal = goal;
	__atomic_store_n(&op->armed, 1, __ATOMIC_RELEASE);
}

static void disarm(struct persist_op *op)
{
	__atomic_store_n(&op->armed, 0, __ATOMIC_RELEASE);
}

static uint32_t stream_of(const struct exec_output *o)
{
	return (uint32_t)(o - o->exec->out);
}

/* Used after EINVAL: kernels before 5.11 cannot splice from a terminal. */
static ssize_t fill_by_copy(struct exec_output *o)
{
	uint8_t piece[TTY_PIECE];
	ssize_t n = io_read(o->watch.fd, piece, sizeof(piece));

	return n > 0 ? io_write(o->exec->agent->execs->relay.in, piece, (size_t)n) : n;
}

ssize_t relay_pipe_fill(struct exec_output *o, size_t *max)
{
	struct exec *e = o->exec;
	ssize_t n;

	note(e, PERSIST_OP_OUTPUT, stream_of(o));
	if (e->tty && *max > TTY_PIECE)
		*max = TTY_PIECE;
	n = io_splice(o->watch.fd, e->agent->execs->relay.in, *max, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	return n == -EINVAL && *max >= TTY_PIECE ? fill_by_copy(o) : n;
}

/* Drops n bytes of the relay pipe. */
static void empty(struct agent *agent, size_t n)
{
	while (n > 0) {
		ssize_t gone = io_splice(agent->execs->relay.out, agent->null_fd, n, SPLICE_F_NONBLOCK);

		if (gone <= 0)
			return;
		n -= (size_t)gone;
	}
}

void relay_pipe_lose(struct exec_output *o, size_t n)
{
	o->lost += n;
	o->ring.head += n;
	o->ring.tail = o->ring.head;
	exec_persist_output(o);
	empty(o->exec->agent, n);
}

size_t relay_pipe_take(struct exec_output *o, size_t n)
{
	struct exec *e = o->exec;
	struct persist_op *op = &e->agent->execs->persist.header->op;
	size_t left = n;

	arm(op, o->ring.head + n);
	while (left > 0) {
		struct iovec iov[2];
		ssize_t got = io_readv(e->agent->execs->relay.out, iov, ring_free_iov(&o->ring, left, iov));

		if (got <= 0)
			break;
		ring_commit(&o->ring, (size_t)got);
		left -= (size_t)got;
	}
	exec_persist_output(o);
	disarm(op);
	/* A page of the ring could not be allocated. */
	if (left > 0) {
		o->lost += left;
		empty(e->agent, left);
	}
	return n - left;
}

/* The room in the program's stdin, as far as the kernel reports it. */
static size_t room_of(const struct exec *e)
{
	int size = fcntl(e->in.watch.fd, F_GETPIPE_SZ), used = 0;

	if (e->tty || size <= 0 || ioctl(e->in.watch.fd, FIONREAD, &used) < 0)
		return TTY_PIECE;
	return size - used > (int)TTY_PIECE ? (size_t)(size - used) : TTY_PIECE;
}

/* The rest of the relay pipe is dropped: its bytes are still in the ring. */
static ssize_t sent(struct exec *e, ssize_t n, size_t staged)
{
	struct exec_input *in = &e->in;

	if (n > 0) {
		ring_drop_to(&in->ring, in->ring.tail + (size_t)n);
		in->written += (size_t)n;
		exec_persist_input(e);
		staged -= (size_t)n;
	}
	disarm(&e->agent->execs->persist.header->op);
	empty(e->agent, staged);
	return n;
}

/* Used after EINVAL: kernels before 5.11 cannot splice to a terminal. */
static ssize_t send_by_copy(struct exec *e, const struct iovec *iov, int count, size_t staged)
{
	ssize_t n;

	disarm(&e->agent->execs->persist.header->op);
	empty(e->agent, staged);
	n = io_writev(e->in.watch.fd, iov, count);
	return sent(e, n, n > 0 ? (size_t)n : 0);
}

ssize_t relay_pipe_send(struct exec *e)
{
	struct exec_input *in = &e->in;
	struct relay_pipe *stage = &e->agent->execs->relay;
	struct persist_op *op = note(e, PERSIST_OP_INPUT, 0);
	size_t room = room_of(e), used = ring_used(&in->ring);
	struct iovec iov[2];
	int count = ring_data_iov(&in->ring, in->ring.tail, used < room ? used : room, iov);
	ssize_t n, staged = io_writev(stage->in, iov, count);

	if (staged <= 0)
		return staged;
	arm(op, in->written + (size_t)staged);
	n = io_splice(stage->out, in->watch.fd, (size_t)staged, SPLICE_F_NONBLOCK);
	return n == -EINVAL ? send_by_copy(e, iov, count, (size_t)staged) : sent(e, n, (size_t)staged);
}

void relay_pipe_settle(struct agent *agent)
{
	int staged = 0;

	disarm(&agent->execs->persist.header->op);
	ioctl(agent->execs->relay.out, FIONREAD, &staged);
	empty(agent, (size_t)staged);
}
