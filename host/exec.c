/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns a running exec on the host's side: input, two outputs and signals over one connection, all at the same time.
 *
 *	waiting for `started`  -> running  -> ended (R or E)
 *	                              \-> stopping: kill was sent, output is thrown away, R is waited for  -> ended
 *
 * Never: blocks on anything but poll(2), sends more input than was granted, reads the socket while a sink is full.
 */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "conn.h"
#include "deadline.h"
#include "error.h"
#include "exec_format.h"
#include "io.h"
#include "output.h"

#define INPUT_CHUNK (64u << 10)		/* what a pipe holds; its header costs nothing beside it */
#define EVENT_ROOM 4096u		/* kept free in the queue for signals: each needs under 64 bytes */
#define STOP_GRACE_MS 5000		/* for the record of a killed tree: the agent drains output for up to 2 s */

struct exec_run {
	struct pith_conn *conn;
	const struct pith_exec_options *options;
	struct pith_exit_record *record;
	struct pith_error *err;		/* NULL once its sentence is written */
	struct output outputs[2];	/* of streams 1 and 2 */
	const struct output *blocked;	/* the one that is full, or NULL */
	uint64_t window;		/* bytes of input that may still be sent */
	uint64_t output_left;
	int64_t deadline;
	bool started;
	bool input_open;
	bool ended;
	enum pith_code result;		/* once ended, or stopping */
	bool stopping;
};

/* What made us stop stays the result. */
static void end_with(struct exec_run *run, enum pith_code code)
{
	run->ended = true;
	if (!run->stopping)
		run->result = code;
}

static bool queue_event(struct exec_run *run, const char *name, uint32_t signal_number)
{
	struct json *event = json_new_object();
	char *text = NULL;
	bool queued;

	if (event && json_add_string(event, "event", name) &&
	    (signal_number == 0 || json_add_number(event, "signal", signal_number)))
		text = json_print(event);
	json_free(event);
	queued = text && conn_queue(run->conn, FRAME_EVENT, 0, text, strlen(text));
	free_pointer(&text);
	return queued;
}

/* The sentence is in *err already. */
static void stop(struct exec_run *run, enum pith_code code)
{
	bool keep = code == PITH_OUTPUT_FAILED && run->options->on_disconnect == PITH_DISCONNECT_KEEP;

	if (!run->started || keep || !queue_event(run, "kill", 0)) {
		run->conn->unusable = true;
		end_with(run, code);
		return;
	}
	run->stopping = true;
	run->result = code;
	run->err = NULL;
	run->blocked = NULL;
	run->input_open = false;
	run->deadline = deadline_after(STOP_GRACE_MS);
}

static void take_started(struct exec_run *run, const struct json *event)
{
	text_copy_printable(run->record->id, sizeof(run->record->id), json_get_string(event, "id"));
	run->window = json_get_count(event, "window_bytes", 0);
	run->started = true;
}

static void handle_event(struct exec_run *run, const struct conn_frame *frame)
{
	const char *problem, *name;
	struct json *event = json_parse_object((const char *)frame->payload, frame->len, &problem);

	if (!event) {
		end_with(run, conn_tell_bad_reply(run->conn, problem, run->err));
		return;
	}
	name = json_get_string(event, "event");
	if (name && strcmp(name, "started") == 0 && !run->started)
		take_started(run, event);
	json_free(event);
}

static void handle_answer(struct exec_run *run, const struct conn_frame *frame)
{
	struct json *json;
	enum pith_code code = conn_take_answer(run->conn, frame, &json, run->err);

	if (code == PITH_OK) {
		if (!exec_record_read(json, run->record))
			code = conn_tell_bad_reply(run->conn, "a record that lacks a member, or has one out of range",
						   run->err);
		json_free(json);
	}
	end_with(run, code);
}

/* May leave a part of the frame for later: then run->blocked is set. */
static void handle_output(struct exec_run *run, const struct conn_frame *frame)
{
	const struct output *output = &run->outputs[frame->stream - FRAME_STDOUT];
	size_t len = frame->len < run->output_left ? frame->len : (size_t)run->output_left;
	ssize_t n;

	if (run->stopping) {
		conn_consume(run->conn, frame->len);
		return;
	}
	if (len == 0) {
		error_set(run->err, PITH_OUTPUT_LIMIT, "the program wrote more than %llu bytes and was killed",
			  (unsigned long long)run->options->max_output_bytes);
		stop(run, PITH_OUTPUT_LIMIT);
		return;
	}
	n = output_write(output, frame->payload, len);
	if (n == -EAGAIN) {
		run->blocked = output;
	} else if (n < 0) {
		error_set_errno(run->err, PITH_OUTPUT_FAILED, (int)-n, "cannot write the program's %s",
				frame->stream == FRAME_STDOUT ? "stdout" : "stderr");
		stop(run, PITH_OUTPUT_FAILED);
	} else {
		conn_consume(run->conn, (size_t)n);
		if (run->options->max_output_bytes)
			run->output_left -= (uint64_t)n;
	}
}

static void handle_frame(struct exec_run *run, const struct conn_frame *frame)
{
	switch (frame->type) {
	case FRAME_RESULT:
	case FRAME_ERROR:
		handle_answer(run, frame);
		return;
	case FRAME_EVENT:
		handle_event(run, frame);
		return;
	case FRAME_WINDOW:
		run->window += frame_get_u32(frame->payload);
		return;
	case FRAME_END:
		/* The program has closed its stdin. The ends of the outputs need nothing: R follows. */
		if (frame->stream == FRAME_STDIN)
			run->input_open = false;
		return;
	case FRAME_DATA:
		if (frame->stream == FRAME_STDIN)
			break;
		handle_output(run, frame);
		return;
	case FRAME_HELLO:
	case FRAME_REQUEST:
		break;
	}
	end_with(run, conn_tell_bad_reply(run->conn, "a frame that does not belong to an exec", run->err));
}

static void handle_frames(struct exec_run *run)
{
	while (!run->ended && !run->blocked) {
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(run->conn, &frame, &problem)) {
		case CONN_FRAME:
			handle_frame(run, &frame);
			break;
		case CONN_BROKEN:
			end_with(run, conn_tell_bad_reply(run->conn, problem, run->err));
			return;
		case CONN_NEED_MORE:
			if (run->conn->eof)
				end_with(run, conn_tell_lost(run->conn, "exec", run->err));
			return;
		}
	}
}

/* Only when all that was read before is sent: then a signal waits behind one chunk at most. */
static bool wants_input(const struct exec_run *run)
{
	return run->started && run->input_open && run->window > 0 && run->conn->out.len == 0;
}

static void move_input(struct exec_run *run)
{
	const struct pith_source *input = &run->options->input;
	size_t room = run->window < INPUT_CHUNK ? (size_t)run->window : INPUT_CHUNK;
	uint8_t *p = conn_reserve_data(run->conn, room);
	ssize_t n = -ENOMEM;

	if (p && input->kind == PITH_STREAM_FD)
		n = io_read(input->fd, p, room);
	else if (p)
		n = input->read(input->user, p, room);
	/* A source that is a callback has nothing to be waited for by. */
	if (n == -EAGAIN && input->kind == PITH_STREAM_FD)
		return;
	if (n < 0) {
		error_set_errno(run->err, PITH_INPUT_FAILED, (int)-n, "cannot read the program's stdin");
		stop(run, PITH_INPUT_FAILED);
	} else if (n == 0) {
		run->input_open = false;
		conn_queue(run->conn, FRAME_END, FRAME_STDIN, NULL, 0);
	} else {
		conn_commit_data(run->conn, (size_t)n);
		run->window -= (uint64_t)n;
	}
}

static void handle_wake(struct exec_run *run, uint8_t what)
{
	if (!run->started && what != CONN_WAKE_DETACH) {
		error_set(run->err, PITH_INTERRUPTED, "interrupted before the program had started");
		run->conn->unusable = true;
		end_with(run, PITH_INTERRUPTED);
		return;
	}
	if (run->stopping)
		return;
	if (what == CONN_WAKE_KILL)
		queue_event(run, "kill", 0);
	else if (what == CONN_WAKE_DETACH)
		queue_event(run, "detach", 0);
	else
		queue_event(run, "signal", what);
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
		end_with(run, error_set_errno(run->err, code, errno, "%s: cannot wait", run->conn->name));
	} else if (run->stopping) {
		run->conn->unusable = true;
		end_with(run, code);
	} else {
		error_set(run->err, code, "the program was not done within %lld ms%s",
			  (long long)run->options->timeout_ms,
			  run->started ? " and was killed" : "; it had not even started");
		stop(run, code);
	}
}

static void turn(struct exec_run *run)
{
	enum { SOCKET, WAKE, INPUT, OUTPUT, COUNT };
	struct pollfd fds[COUNT] = {
		[WAKE] = { .fd = -1, .events = POLLIN },
		[INPUT] = { .fd = -1, .events = POLLIN },
		[OUTPUT] = { .fd = -1, .events = POLLOUT },
	};
	enum pith_code code;

	/* First, for input is wanted again as soon as nothing is queued any more. */
	conn_flush(run->conn);
	while (wants_input(run) && !run->ended && run->options->input.kind == PITH_STREAM_CALLBACK) {
		move_input(run);
		conn_flush(run->conn);
	}
	if (run->ended)
		return;
	if (wants_input(run))
		fds[INPUT].fd = run->options->input.fd;
	if (CONN_OUT_BYTES - run->conn->out.len >= EVENT_ROOM)
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
	if (fds[INPUT].revents && !run->ended && run->input_open)
		move_input(run);
}

static void forget_wakes(struct pith_conn *conn)
{
	uint8_t wakes[256];

	/* A pipe holds 64 KiB; a handler that fills it faster than that is no reason to stay here. */
	for (int i = 0; i < 256; i++) {
		if (io_read(conn->wake[0], wakes, sizeof(wakes)) <= 0)
			return;
	}
}

static enum pith_code begin(struct exec_run *run)
{
	struct json *request;
	enum pith_code code = conn_check_usable(run->conn, run->err);

	if (code == PITH_OK)
		code = exec_request_json(run->options, &request, run->err);
	if (code != PITH_OK)
		return code;
	return conn_queue_request(run->conn, "exec", request, run->err);
}

enum pith_code pith_exec(struct pith_conn *conn, const struct pith_exec_options *options, struct pith_exit_record *ret,
			 struct pith_error *err)
{
	struct exec_run run = {
		.conn = conn,
		.options = options,
		.record = ret,
		.err = err,
		.input_open = options->input.kind != PITH_STREAM_NONE,
		.output_left = options->max_output_bytes ? options->max_output_bytes : UINT64_MAX,
		.deadline = deadline_after(options->timeout_ms ? options->timeout_ms : PITH_FOREVER),
	};
	enum pith_code code;

	*ret = (struct pith_exit_record){ .cause = PITH_CAUSE_NONE };
	output_init(&run.outputs[0], &options->output);
	output_init(&run.outputs[1], &options->errors);
	code = begin(&run);
	if (code != PITH_OK)
		return code;
	while (!run.ended) {
		handle_frames(&run);
		if (!run.ended)
			turn(&run);
	}
	forget_wakes(conn);
	return run.result;
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

int pith_exec_detach(struct pith_conn *conn)
{
	return wake(conn, CONN_WAKE_DETACH);
}
