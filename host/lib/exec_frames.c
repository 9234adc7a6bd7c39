/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what comes during an exec: events, output, credit, the record. Never: reads on while a sink is full. */
#include <errno.h>
#include <string.h>

#include "host/lib/error.h"
#include "host/lib/exec_format.h"
#include "host/lib/exec_run.h"

static void tell_running(struct exec_run *run, const struct json *event)
{
	const struct pith_exec_hooks *hooks = run->options->with.hooks;
	struct pith_running running = {
		.pid = json_get_count(event, "pid", 0),
		.tty = run->options->tty || json_get_bool(event, "tty"),
		.again = run->again,
		.stdout_offset_bytes = run->offset[0],
		.stderr_offset_bytes = run->offset[1],
	};

	text_copy_printable(running.id, sizeof(running.id), run->record->id);
	if (hooks->running)
		hooks->running(hooks->user, &running);
}

static void take_started(struct exec_run *run, const struct json *event)
{
	text_copy_printable(run->record->id, sizeof(run->record->id), json_get_string(event, "id"));
	run->input.window = json_get_count(event, "window_bytes", 0);
	run->offset[0] = json_get_count(event, "stdout_offset_bytes", 0);
	run->offset[1] = json_get_count(event, "stderr_offset_bytes", 0);
	run->started = true;
	tell_running(run, event);
}

static void take_attached_again(struct exec_run *run, const struct json *event)
{
	run->input.window = json_get_count(event, "window_bytes", 0);
	run->offset[0] = json_get_count(event, "stdout_offset_bytes", run->offset[0]);
	run->offset[1] = json_get_count(event, "stderr_offset_bytes", run->offset[1]);
	tell_running(run, event);
	run->again = false;
	run->again_until = 0;
	run->resize_due = true;
	if (!run->again_stdin || !json_get_bool(event, "running")) {
		exec_input_close(run);
		return;
	}
	if (!exec_input_rewind(run, json_get_count(event, "stdin_offset_bytes", UINT64_MAX))) {
		run->conn->unusable = true;
		error_set(run->err, PITH_LOST, "%s: bytes of stdin were lost with the connection", run->conn->name);
		exec_end(run, PITH_LOST);
	}
}

static void take_gap(struct exec_run *run, const struct json *event)
{
	const struct pith_exec_hooks *hooks = run->options->with.hooks;
	uint64_t stream = json_get_count(event, "stream", 0);

	if (hooks->gap && (stream == 1 || stream == 2))
		hooks->gap(hooks->user, (int)stream, json_get_count(event, "lost_bytes", 0));
}

static void handle_event(struct exec_run *run, const struct conn_frame *frame)
{
	const char *problem, *name;
	struct json *event = json_parse_object((const char *)frame->payload, frame->len, &problem);

	if (!event) {
		exec_end(run, conn_tell_bad_reply(run->conn, problem, run->err));
		return;
	}
	name = json_get_string(event, "event");
	if (!name)
		name = "";
	if (run->again && strcmp(name, "attached") == 0)
		take_attached_again(run, event);
	else if (!run->started &&
		 (strcmp(name, "started") == 0 || strcmp(name, "attached") == 0 || strcmp(name, "ready") == 0))
		take_started(run, event);
	else if (strcmp(name, "gap") == 0)
		take_gap(run, event);
	json_free(event);
}

static void handle_error(struct exec_run *run, const struct conn_frame *frame)
{
	struct pith_error why;
	struct json *json;
	enum pith_code code = conn_take_answer(run->conn, frame, &json, &why);

	if (run->again && code == PITH_GUEST_ERROR) {
		if (exec_again_refused(run, &why))
			return;
		code = PITH_LOST;
		error_set(run->err, code, "%.200s: the connection was lost, and attaching again was refused: %.250s",
			  run->conn->name, why.message);
	} else if (run->err) {
		*run->err = why;
	}
	exec_end(run, code);
}

static void handle_result(struct exec_run *run, const struct conn_frame *frame)
{
	struct json *json;
	enum pith_code code = conn_take_answer(run->conn, frame, &json, run->err);

	if (code == PITH_OK) {
		run->record->stdin_bytes = json_get_count(json, "stdin_bytes", 0);
		/* Only an exec and an attach end with a record. */
		if (strcmp(run->options->op, "stdin") != 0 && !exec_record_read(json, run->record))
			code = conn_tell_bad_reply(run->conn, "a record that lacks a member, or has one out of range",
						   run->err);
		json_free(json);
	}
	if (run->record->cause == PITH_CAUSE_DETACHED || run->record->cause == PITH_CAUSE_RUNNING) {
		run->record->stdout_bytes = run->offset[0];
		run->record->stderr_bytes = run->offset[1];
	}
	exec_end(run, code);
}

/* May leave a part of the frame for later: then run->blocked is set. */
static void handle_output(struct exec_run *run, const struct conn_frame *frame)
{
	int i = frame->stream - FRAME_STDOUT;
	size_t len = frame->len < run->output_left ? frame->len : (size_t)run->output_left;
	ssize_t n;

	if (run->stopping) {
		conn_consume(run->conn, frame->len);
		return;
	}
	if (len == 0) {
		error_set(run->err, PITH_OUTPUT_LIMIT, "the program wrote more than %llu bytes and was killed",
			  (unsigned long long)run->options->with.max_output_bytes);
		exec_stop(run, PITH_OUTPUT_LIMIT);
		return;
	}
	n = output_write(&run->outputs[i], frame->payload, len);
	if (n == -EAGAIN) {
		run->blocked = &run->outputs[i];
	} else if (n < 0) {
		error_set_errno(run->err, PITH_OUTPUT_FAILED, (int)-n, "cannot write the program's %s",
				frame->stream == FRAME_STDOUT ? "stdout" : "stderr");
		exec_stop(run, PITH_OUTPUT_FAILED);
	} else {
		conn_consume(run->conn, (size_t)n);
		run->offset[i] += (uint64_t)n;
		if (run->options->with.max_output_bytes)
			run->output_left -= (uint64_t)n;
	}
}

static void handle_frame(struct exec_run *run, const struct conn_frame *frame)
{
	switch (frame->type) {
	case FRAME_RESULT:
		handle_result(run, frame);
		return;
	case FRAME_ERROR:
		handle_error(run, frame);
		return;
	case FRAME_EVENT:
		handle_event(run, frame);
		return;
	case FRAME_WINDOW:
		run->input.window += frame_get_u32(frame->payload);
		return;
	case FRAME_END:
		/* The program has closed its stdin. The ends of the outputs need nothing: R follows. */
		if (frame->stream == FRAME_STDIN)
			exec_input_close(run);
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
	exec_end(run, conn_tell_bad_reply(run->conn, "a frame that does not belong to an exec", run->err));
}

/* The other side is gone, and all that it sent is handled. */
static void handle_loss(struct exec_run *run)
{
	if (exec_again(run))
		return;
	if (run->leaving || __atomic_load_n(&run->conn->leave, __ATOMIC_RELAXED)) {
		exec_left(run);
		return;
	}
	exec_end(run, conn_tell_lost(run->conn, run->options->op, run->err));
}

void exec_frames(struct exec_run *run)
{
	while (!run->ended && !run->blocked) {
		struct conn_frame frame;
		const char *problem;

		switch (conn_next(run->conn, &frame, &problem)) {
		case CONN_FRAME:
			handle_frame(run, &frame);
			break;
		case CONN_BROKEN:
			exec_end(run, conn_tell_bad_reply(run->conn, problem, run->err));
			return;
		case CONN_NEED_MORE:
			if (run->conn->eof)
				handle_loss(run);
			return;
		}
	}
}
