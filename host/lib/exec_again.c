/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way back after a lost connection: dial, attach at the offsets that we have, go on.
 *
 *	connected -> lost: dial until again_until -> attach sent -> attached: connected
 *	                                              \-> busy: the agent has not seen the loss yet: dial again
 *
 * Never: comes back to another boot of the guest, or to a program that it did not see start.
 */
#include <poll.h>
#include <string.h>

#include "host/lib/exec_run.h"

#define PAUSE_MS 20 /* between two attempts: short beside a restart of a proxy */
#define ATTEMPT_MS 2000 /* one may hang; then the next may be luckier */

static bool may_come_back(const struct exec_run *run)
{
	return run->started && run->options->with.reattach_ms > 0 && run->record->id[0] && !run->stopping &&
	       strcmp(run->options->op, "stdin") != 0;
}

static bool is_leaving(const struct exec_run *run)
{
	return run->leaving || __atomic_load_n(&run->conn->leave, __ATOMIC_RELAXED) != 0;
}

/* A person can still leave by an escape of the source. */
static void pause_and_look(struct exec_run *run)
{
	struct pollfd fd = { .fd = -1, .events = POLLIN };

	if (run->options->with.input.kind == PITH_STREAM_POLLED && run->input.open && !run->input.paused)
		fd.fd = run->options->with.input.fd;
	if (poll(&fd, 1, PAUSE_MS) > 0)
		exec_input_look(run);
}

/* An agent that saw the loss of the connection has killed what was not to be kept; one that came after a crash waits for us. */
static bool has_it_still(const struct exec_run *run, const struct pith_conn *fresh)
{
	const struct pith_hello *was = &run->conn->hello, *is = &fresh->hello;
	enum pith_on_disconnect what = run->options->with.on_disconnect;

	if (strcmp(was->boot_id, is->boot_id) != 0)
		return false;
	return what == PITH_DISCONNECT_DEFAULT || what == PITH_DISCONNECT_KEEP || strcmp(was->generation, is->generation) != 0;
}

static bool queue_attach(struct exec_run *run)
{
	struct json *fields = json_new_object();

	/* Also where stdin has ended: that may not have arrived. */
	if (!fields || !json_add_string(fields, "id", run->record->id) ||
	    !json_add_integer(fields, "stdout_offset_bytes", (int64_t)run->offset[0]) ||
	    !json_add_integer(fields, "stderr_offset_bytes", (int64_t)run->offset[1]) ||
	    (run->again_stdin && !json_add_bool(fields, "stdin", true)) ||
	    (run->options->with.no_follow && !json_add_bool(fields, "follow", false))) {
		json_free(fields);
		return false;
	}
	run->again = true;
	run->input.window = 0;
	return conn_queue_request(run->conn, "attach", fields, NULL) == PITH_OK;
}

static bool dial_again(struct exec_run *run)
{
	while (!is_leaving(run) && !deadline_has_passed(run->again_until) && !deadline_has_passed(run->deadline)) {
		int left = deadline_left(run->again_until);
		struct pith_connect_options options = {
			.timeout_ms = left < ATTEMPT_MS ? left + 1 : ATTEMPT_MS,
			.token = run->conn->token,
		};
		struct pith_conn *fresh;

		if (pith_connect(run->conn->name, &options, &fresh, NULL) == PITH_OK) {
			if (!has_it_still(run, fresh)) {
				pith_close(fresh);
				return false;
			}
			conn_replace(run->conn, fresh);
			return queue_attach(run);
		}
		pause_and_look(run);
	}
	return false;
}

bool exec_again(struct exec_run *run)
{
	struct pith_error why;

	if (!may_come_back(run))
		return false;
	if (run->again_until == 0) {
		run->again_until = deadline_after(run->options->with.reattach_ms);
		run->again_stdin = run->options->with.input.kind != PITH_STREAM_NONE;
		conn_tell_lost(run->conn, run->options->op, &why);
		if (run->options->with.hooks->lost)
			run->options->with.hooks->lost(run->options->with.hooks->user, why.message);
	} else {
		pause_and_look(run);
	}
	return dial_again(run);
}

bool exec_again_refused(struct exec_run *run, const struct pith_error *why)
{
	/* The agent may not have seen yet that the old connection, which writes stdin, is gone. */
	if (strcmp(why->guest_code, "busy") == 0) {
		pause_and_look(run);
		return !is_leaving(run) && !deadline_has_passed(run->again_until) && queue_attach(run);
	}
	/* Of the two things that can be missing, it is not the exec: its stdin is closed by now. */
	if (strcmp(why->guest_code, "not_found") == 0 && !why->guest_field[0] && run->again_stdin) {
		run->again_stdin = false;
		return queue_attach(run);
	}
	return false;
}
