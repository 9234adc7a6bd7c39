/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests about execs that exist. Never: starts an exec. */
#include <errno.h>

#include "agent/core/agent.h"
#include "agent/exec/attach.h"
#include "agent/exec/exec.h"
#include "agent/exec/handle_exec.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/spawn/pty.h"
#include "common/signame.h"

/* Bound of an entry of `list`: a byte of argv is at most six bytes of JSON, the rest is names and numbers. */
#define ENTRY_BYTES (6 * EXEC_ARGV_SIZE + 1024)

static struct exec *find(struct conn *c, const char *id, struct reply *reply)
{
	struct exec *e = exec_find(c->agent, id);

	if (!e) {
		reply_fail_field(reply, "id", "id: there is no exec called %.64s", id);
		reply->code = ERROR_NOT_FOUND;
	}
	return e;
}

static bool fail_ended(const struct exec *e, struct reply *reply)
{
	return reply_fail(reply, ERROR_NOT_FOUND, "%s has ended", e->id);
}

static enum handled attach_later(struct exec *e, struct conn *c, const struct attach_params *params, struct reply *reply)
{
	int r = attach(e, c, params);

	if (r == 0)
		return HANDLED_LATER;
	reply_fail_errno(reply, -r, "attach");
	return HANDLED_NOW;
}

static bool check_writer(const struct exec *e, struct reply *reply)
{
	if (e->in.watch.fd < 0)
		return reply_fail(reply, ERROR_NOT_FOUND, "%s has no stdin, or stdin is closed", e->id);
	if (e->writer)
		return reply_fail(reply, ERROR_BUSY, "another connection writes the stdin of %s", e->id);
	return true;
}

/* Sets the offset to read from; a gap event reports bytes that are older than the ring. */
static bool set_offset(const struct exec *e, int i, uint64_t asked, const char *field, struct attach_params *params,
		       struct reply *reply)
{
	const struct ring *ring = &e->out[i].ring;

	if (asked != NOT_GIVEN && asked > ring->head)
		return reply_fail_field(reply, field, "%s: %llu is beyond the %llu bytes of the stream", field,
					(unsigned long long)asked, (unsigned long long)ring->head);
	params->asked[i] = asked == NOT_GIVEN ? ring->tail : asked;
	params->offset[i] = params->asked[i] > ring->tail ? params->asked[i] : ring->tail;
	return true;
}

enum handled handle_attach(struct conn *c, const struct request_attach *request, struct reply *reply)
{
	struct attach_params params = { .kind = request->f_follow ? ATTACH_FOLLOW : ATTACH_READ, .writer = request->f_stdin };
	struct exec *e = find(c, request->f_id, reply);

	if (!e || !handle_exec_on_disconnect(request->f_on_disconnect, &params.when_gone, reply) ||
	    !set_offset(e, 0, request->f_stdout_offset_bytes, "stdout_offset_bytes", &params, reply) ||
	    !set_offset(e, 1, request->f_stderr_offset_bytes, "stderr_offset_bytes", &params, reply))
		return HANDLED_NOW;
	/* An exec that has ended may be attached to with stdin: the credit is then 0. */
	if (e->state == EXEC_ENDED)
		params.writer = false;
	if (params.writer && !check_writer(e, reply))
		return HANDLED_NOW;
	return attach_later(e, c, &params, reply);
}

enum handled handle_wait(struct conn *c, const struct request_wait *request, struct reply *reply)
{
	struct attach_params params = { .kind = ATTACH_WAIT, .timeout_us = UINT64_MAX };
	struct exec *e = find(c, request->f_id, reply);

	if (!e)
		return HANDLED_NOW;
	if (request->f_timeout_ms != NOT_GIVEN)
		params.timeout_us = request->f_timeout_ms * 1000;
	return attach_later(e, c, &params, reply);
}

enum handled handle_stdin(struct conn *c, const struct request_stdin *request, struct reply *reply)
{
	struct attach_params params = { .kind = ATTACH_STDIN, .writer = true };
	struct exec *e = find(c, request->f_id, reply);

	if (!e || !check_writer(e, reply))
		return HANDLED_NOW;
	return attach_later(e, c, &params, reply);
}

/* The exec with the lowest number above the given one; the list has the newest first. */
static const struct exec *next_after(const struct agent *agent, uint64_t number)
{
	const struct exec *next = NULL;

	for (const struct exec *e = agent->execs->newest; e && e->number > number; e = e->next)
		next = e;
	return next;
}

enum handled handle_list(struct conn *c, const struct request_list *request, struct reply *reply)
{
	struct buf *b = reply->result;
	const struct exec *e = next_after(c->agent, request->f_after);
	uint64_t count = 0;

	jsonw_array(b, "execs");
	while (e && count < request->f_max && b->len + ENTRY_BYTES <= FRAME_JSON_MAX) {
		exec_write_entry(e, b);
		count++;
		e = next_after(c->agent, e->number);
	}
	jsonw_array_end(b);
	jsonw_bool(b, "more", e != NULL);
	jsonw_count(b, "forgotten", c->agent->counters.execs_forgotten);
	return HANDLED_NOW;
}

enum handled handle_signal(struct conn *c, const struct request_signal *request, struct reply *reply)
{
	struct exec *e = find(c, request->f_id, reply);
	int signal = signame_parse(request->f_signal);
	int r;

	if (!e)
		return HANDLED_NOW;
	if (signal == 0) {
		reply_fail_field(reply, "signal", "signal: %.16s: no such signal", request->f_signal);
		return HANDLED_NOW;
	}
	r = exec_signal(e, signal);
	if (r == -ESRCH)
		fail_ended(e, reply);
	else if (r < 0)
		reply_fail_errno(reply, -r, "signal");
	return HANDLED_NOW;
}

enum handled handle_kill(struct conn *c, const struct request_kill *request, struct reply *reply)
{
	struct exec *e = find(c, request->f_id, reply);

	if (e)
		exec_kill(e);
	return HANDLED_NOW;
}

enum handled handle_resize(struct conn *c, const struct request_resize *request, struct reply *reply)
{
	struct exec *e = find(c, request->f_id, reply);
	int r;

	if (!e)
		return HANDLED_NOW;
	if (!e->tty || e->out[0].watch.fd < 0) {
		reply_fail(reply, ERROR_NOT_FOUND, "%s has no terminal", e->id);
		return HANDLED_NOW;
	}
	r = pty_resize(e->out[0].watch.fd, (unsigned int)request->f_rows, (unsigned int)request->f_cols);
	if (r < 0)
		reply_fail_errno(reply, -r, "resize");
	return HANDLED_NOW;
}

enum handled handle_forget(struct conn *c, const struct request_forget *request, struct reply *reply)
{
	struct exec *e = find(c, request->f_id, reply);

	if (!e)
		return HANDLED_NOW;
	if (e->state != EXEC_ENDED || e->readers) {
		reply_fail(reply, ERROR_BUSY, "%s: %s", e->id, e->readers ? "a connection is attached" : "the exec still runs");
		return HANDLED_NOW;
	}
	c->agent->execs_ended--;
	exec_free(e);
	return HANDLED_NOW;
}
