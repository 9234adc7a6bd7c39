/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a running exec on the host's side: input, two outputs and signals over one connection, all at the same time.
 *
 *	waiting for `started`  -> running  -> ended (R or E)
 *	                              \-> stopping: kill was sent, output is thrown away, R is waited for  -> ended
 *
 * Never: blocks on anything but poll(2) and, after a loss, the dial; sends more input than was granted; reads the
 * socket while a sink is full.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "host/lib/error.h"
#include "host/lib/exec_format.h"
#include "host/lib/exec_run.h"

#define EVENT_ROOM 4096u /* kept free in the queue for signals: each needs under 64 bytes */
#define LEAVE_GRACE_MS 2000 /* for the answer to detach; then the connection is simply closed */

static const struct pith_exec_hooks no_hooks;

static void queue_resize(struct exec_run *run)
{
	uint32_t size = __atomic_load_n(&run->conn->size, __ATOMIC_RELAXED);
	struct json *event = size ? json_new_object() : NULL;

	run->resize_due = false;
	if (event && json_add_string(event, "event", "resize") && json_add_integer(event, "rows", size >> 16) &&
	    json_add_integer(event, "cols", size & 0xffff))
		exec_queue_json(run, event);
	json_free(event);
}

static void leave(struct exec_run *run)
{
	int64_t until = deadline_after(LEAVE_GRACE_MS);

	if (run->leaving)
		return;
	run->leaving = true;
	run->input.open = false;
	if (until < run->deadline)
		run->deadline = until;
	exec_queue_event(run, "detach", NULL, 0);
}

static void handle_wake(struct exec_run *run, uint8_t what)
{
	if (what == CONN_WAKE_RESIZE) {
		run->resize_due = true;
		return;
	}
	if (!run->started && what != CONN_WAKE_DETACH) {
		error_set(run->err, PITH_INTERRUPTED, "interrupted before the program had started");
		run->conn->unusable = true;
		exec_end(run, PITH_INTERRUPTED);
		return;
	}
	if (run->stopping)
		return;
	if (what == CONN_WAKE_KILL)
		exec_queue_event(run, "kill", NULL, 0);
	else if (what == CONN_WAKE_DETACH)
		leave(run);
	else
		exec_queue_event(run, "signal", "signal", what);
}

static void read_wakes(struct exec_run *run)
{
	uint8_t wakes[32];
	ssize_t n = io_read(run->conn->wake[0], wakes, sizeof(wakes));

	for (ssize_t i = 0; i < n && !run->ended; i++)
		handle_wake(run, wakes[i]);
}

static void handle_turn_failure(struct exec_run *run, enum pith_code code)
{
	if (code == PITH_SYSTEM) {
		run->conn->unusable = true;
		exec_end(run, error_set_errno(run->err, code, errno, "%s: cannot wait", run->conn->name));
	} else if (run->leaving && !run->stopping) {
		exec_left(run);
	} else if (run->stopping) {
		run->conn->unusable = true;
		exec_end(run, code);
	} else {
		error_set(run->err, code, "the program was not done within %lld ms%s",
			  (long long)run->options->with.timeout_ms,
			  run->started ? " and was killed" : "; it had not even started");
		exec_stop(run, code);
	}
}

/* What needs no waiting. Returns the fd of the input to wait for, or -1. */
static int move_input(struct exec_run *run)
{
	const struct pith_source *source = &run->options->with.input;

	while (exec_input_is_wanted(run) && !run->ended &&
	       (source->kind == PITH_STREAM_CALLBACK || run->input.sent < run->input.taken || run->input.end_due)) {
		size_t before = run->conn->out.len;

		exec_input_move(run);
		if (run->conn->out.len == before)
			break;
		conn_flush(run->conn);
	}
	if (source->kind == PITH_STREAM_POLLED && exec_input_is_wanted(run) && !run->ended) {
		exec_input_move(run);
		conn_flush(run->conn);
	}
	if (source->kind == PITH_STREAM_POLLED)
		return run->input.open && !run->input.paused ? source->fd : -1;
	return source->kind == PITH_STREAM_FD && exec_input_is_wanted(run) ? source->fd : -1;
}

static void use_input(struct exec_run *run)
{
	if (exec_input_is_wanted(run))
		exec_input_move(run);
	else if (run->options->with.input.kind == PITH_STREAM_POLLED)
		exec_input_look(run);
}

static void turn(struct exec_run *run)
{
	enum { SOCKET, WAKE, INPUT, OUTPUT, COUNT };
	struct pollfd fds[COUNT] = {
		[WAKE] = { .fd = -1, .events = POLLIN },
		[INPUT] = { .events = POLLIN },
		[OUTPUT] = { .fd = -1, .events = POLLOUT },
	};
	enum pith_code code;

	/* First, for input is wanted again as soon as nothing is queued any more. */
	conn_flush(run->conn);
	if (run->resize_due && run->started && !run->again)
		queue_resize(run);
	fds[INPUT].fd = move_input(run);
	if (run->ended)
		return;
	if (CONN_OUT_BYTES - run->conn->out.len >= EVENT_ROOM && !run->again)
		fds[WAKE].fd = run->conn->wake[0];
	if (run->blocked)
		fds[OUTPUT].fd = run->blocked->sink->fd;

	code = conn_turn(run->conn, fds, COUNT, run->blocked ? CONN_PAUSE_INPUT : CONN_WANT_INPUT, run->deadline);
	if (code != PITH_OK) {
		handle_turn_failure(run, code);
		return;
	}
	if (fds[OUTPUT].revents)
		run->blocked = NULL;
	if (fds[WAKE].revents)
		read_wakes(run);
	if (fds[INPUT].revents && !run->ended && run->input.open)
		use_input(run);
}

static void forget_wakes(struct pith_conn *conn)
{
	uint8_t wakes[256];

	conn->leave = 0;
	/* A pipe holds 64 KiB; a handler that fills it faster than that is no reason to stay here. */
	for (int i = 0; i < 256; i++) {
		if (io_read(conn->wake[0], wakes, sizeof(wakes)) <= 0)
			return;
	}
}

/* request is consumed. */
static enum pith_code run_to_its_end(struct pith_conn *conn, struct exec_options *options, struct json *request,
				     struct pith_exit_record *ret, struct pith_error *err)
{
	struct exec_run run = {
		.conn = conn,
		.options = options,
		.record = ret,
		.err = err,
		.input.open = options->with.input.kind != PITH_STREAM_NONE,
		.output_left = options->with.max_output_bytes ? options->with.max_output_bytes : UINT64_MAX,
		.deadline = deadline_after(options->with.timeout_ms ? options->with.timeout_ms : PITH_FOREVER),
	};
	enum pith_code code = conn_queue_request(conn, options->op, request, err);

	if (code != PITH_OK)
		return code;
	if (!options->with.hooks)
		options->with.hooks = &no_hooks;
	output_init(&run.outputs[0], &options->with.output);
	output_init(&run.outputs[1], &options->with.errors);
	while (!run.ended) {
		exec_frames(&run);
		if (!run.ended)
			turn(&run);
	}
	free_pointer(&run.input.replay);
	forget_wakes(conn);
	return run.result;
}

enum pith_code pith_exec(struct pith_conn *conn, const struct pith_exec_options *options, struct pith_exit_record *ret,
			 struct pith_error *err)
{
	struct exec_options run = {
		.op = "exec",
		.tty = options->tty,
		.with = {
			.input = options->input,
			.output = options->output,
			.errors = options->errors,
			.on_disconnect = options->on_disconnect,
			.timeout_ms = options->timeout_ms,
			.max_output_bytes = options->max_output_bytes,
			.reattach_ms = options->reattach_ms,
			.hooks = options->hooks,
		},
	};
	struct json *request;
	enum pith_code code = conn_check_usable(conn, err);

	*ret = (struct pith_exit_record){ .cause = PITH_CAUSE_NONE };
	if (code == PITH_OK)
		code = exec_request_json(options, &request, err);
	if (code == PITH_OK)
		code = run_to_its_end(conn, &run, request, ret, err);
	return code;
}

enum pith_code pith_attach(struct pith_conn *conn, const struct pith_attach_options *options,
			   struct pith_exit_record *ret, struct pith_error *err)
{
	struct exec_options run = { .op = "attach", .with = *options };
	struct json *request;
	enum pith_code code = conn_check_usable(conn, err);

	*ret = (struct pith_exit_record){ .cause = PITH_CAUSE_NONE };
	if (code == PITH_OK)
		code = attach_request_json(options, &request, err);
	if (code == PITH_OK)
		code = run_to_its_end(conn, &run, request, ret, err);
	return code;
}

enum pith_code pith_stdin(struct pith_conn *conn, const char *id, const struct pith_source *input,
			  enum pith_stdin_end end, uint64_t *ret_taken, struct pith_error *err)
{
	struct exec_options run = { .op = "stdin", .with.input = *input, .leave_stdin = end == PITH_STDIN_LEAVE };
	struct pith_exit_record record = { .cause = PITH_CAUSE_NONE };
	struct json *request;
	enum pith_code code = conn_check_usable(conn, err);

	if (code == PITH_OK)
		code = id_request_json(id, &request, err);
	if (code == PITH_OK)
		code = run_to_its_end(conn, &run, request, &record, err);
	if (code == PITH_OK && ret_taken)
		*ret_taken = record.stdin_bytes;
	return code;
}

static int wake(struct pith_conn *conn, uint8_t what)
{
	int saved = errno;
	ssize_t n = io_write(conn->wake[1], &what, 1);

	/* A signal handler leaves errno as it found it. */
	errno = saved;
	return n < 0 ? (int)n : 0;
}

int pith_exec_signal(struct pith_conn *conn, int signal_number)
{
	if (signal_number < 1 || signal_number > 64)
		return -EINVAL;
	return wake(conn, (uint8_t)signal_number);
}

int pith_exec_kill(struct pith_conn *conn)
{
	return wake(conn, CONN_WAKE_KILL);
}

int pith_exec_resize(struct pith_conn *conn, uint16_t rows, uint16_t cols)
{
	if (rows == 0 || cols == 0)
		return -EINVAL;
	__atomic_store_n(&conn->size, (uint32_t)rows << 16 | cols, __ATOMIC_RELAXED);
	return wake(conn, CONN_WAKE_RESIZE);
}

int pith_exec_detach(struct pith_conn *conn)
{
	__atomic_store_n(&conn->leave, 1, __ATOMIC_RELAXED);
	return wake(conn, CONN_WAKE_DETACH);
}
