/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns stdin on its way out: credit, the source, and the copy of what may be lost with a connection.
 *
 * Never: sends more than was granted, reads the source while bytes of a lost connection wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "host/lib/error.h"
#include "host/lib/exec_run.h"

#define INPUT_CHUNK (64u << 10) /* what a pipe holds; its header costs nothing beside it */

/* Only when all that was read before is sent: then a signal waits behind one chunk at most. */
bool exec_input_is_wanted(const struct exec_run *run)
{
	const struct exec_input *input = &run->input;

	if (!run->started || run->again || run->stopping || run->conn->out.len > 0)
		return false;
	if (input->sent < input->taken)
		return input->window > 0;
	return input->end_due || (input->open && input->window > 0);
}

static void keep_copy(struct exec_run *run, const uint8_t *p, size_t n)
{
	struct exec_input *input = &run->input;

	if (run->options->with.reattach_ms == 0)
		return;
	if (!input->replay)
		input->replay = malloc(EXEC_REPLAY_BYTES);
	for (size_t i = 0; input->replay && i < n;) {
		size_t at = (size_t)((input->taken + i) % EXEC_REPLAY_BYTES);
		size_t part = EXEC_REPLAY_BYTES - at < n - i ? EXEC_REPLAY_BYTES - at : n - i;

		memcpy(input->replay + at, p + i, part);
		i += part;
	}
}

static void resend(struct exec_run *run)
{
	struct exec_input *input = &run->input;
	size_t at = (size_t)(input->sent % EXEC_REPLAY_BYTES);
	size_t n = EXEC_REPLAY_BYTES - at;
	uint8_t *p;

	if (n > input->taken - input->sent)
		n = (size_t)(input->taken - input->sent);
	if (n > INPUT_CHUNK)
		n = INPUT_CHUNK;
	if (n > input->window)
		n = (size_t)input->window;
	p = conn_reserve_data(run->conn, n);
	if (!p)
		return;
	memcpy(p, input->replay + at, n);
	conn_commit_data(run->conn, n);
	input->sent += n;
	input->window -= n;
}

static void send_end(struct exec_run *run)
{
	run->input.end_due = false;
	if (run->options->leave_stdin)
		exec_queue_event(run, "detach", NULL, 0);
	else
		conn_queue(run->conn, FRAME_END, FRAME_STDIN, NULL, 0);
}

static void take(struct exec_run *run)
{
	const struct pith_source *source = &run->options->with.input;
	struct exec_input *input = &run->input;
	size_t room = input->window < INPUT_CHUNK ? (size_t)input->window : INPUT_CHUNK;
	uint8_t *p = conn_reserve_data(run->conn, room);
	ssize_t n = -ENOMEM;

	if (p && source->kind == PITH_STREAM_FD)
		n = io_read(source->fd, p, room);
	else if (p)
		n = source->read(source->user, p, room);
	input->paused = false;
	/* A source that is a callback has nothing to be waited for by. */
	if (n == -EAGAIN && source->kind != PITH_STREAM_CALLBACK)
		return;
	if (n < 0) {
		error_set_errno(run->err, PITH_INPUT_FAILED, (int)-n, "cannot read the program's stdin");
		exec_stop(run, PITH_INPUT_FAILED);
	} else if (n == 0) {
		input->open = false;
		input->ended = true;
		input->end_due = true;
	} else {
		keep_copy(run, p, (size_t)n);
		conn_commit_data(run->conn, (size_t)n);
		input->taken += (uint64_t)n;
		input->sent = input->taken;
		input->window -= (uint64_t)n;
	}
}

void exec_input_move(struct exec_run *run)
{
	if (run->input.sent < run->input.taken)
		resend(run);
	else if (!run->input.end_due)
		take(run);
	if (run->input.end_due && run->input.sent == run->input.taken && !run->ended)
		send_end(run);
}

void exec_input_look(struct exec_run *run)
{
	const struct pith_source *source = &run->options->with.input;

	if (source->read(source->user, NULL, 0) == -ENOBUFS)
		run->input.paused = true;
}

void exec_input_close(struct exec_run *run)
{
	run->input.open = false;
	run->input.end_due = false;
	run->input.sent = run->input.taken;
}

bool exec_input_rewind(struct exec_run *run, uint64_t agent_has)
{
	struct exec_input *input = &run->input;

	/* An agent that does not say it, or that says nonsense: then nothing is sent twice. */
	if (agent_has > input->taken)
		agent_has = input->taken;
	if (input->taken - agent_has > EXEC_REPLAY_BYTES || (agent_has < input->taken && !input->replay))
		return false;
	input->sent = agent_has;
	input->end_due = input->ended;
	return true;
}
