/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the ends of a running exec, and the events that are sent to it. Never: waits. */
#include "host/lib/exec_run.h"

#include <string.h>

#include "common/cleanup.h"
#include "host/lib/json.h"

#define STOP_GRACE_MS 5000 /* for the record of a killed tree: the agent drains output for up to 2 s */

/* What made us stop stays the result. */
void exec_end(struct exec_run *run, enum pith_code code)
{
	run->ended = true;
	if (!run->stopping)
		run->result = code;
}

void exec_left(struct exec_run *run)
{
	run->conn->unusable = true;
	run->record->cause = PITH_CAUSE_DETACHED;
	run->record->stdout_bytes = run->offset[0];
	run->record->stderr_bytes = run->offset[1];
	exec_end(run, PITH_OK);
}

bool exec_queue_json(struct exec_run *run, struct json *event)
{
	char *text = json_print(event);
	bool queued = text && conn_queue(run->conn, FRAME_EVENT, 0, text, strlen(text));

	free_pointer(&text);
	return queued;
}

bool exec_queue_event(struct exec_run *run, const char *name, const char *key, int64_t value)
{
	struct json *event = json_new_object();
	bool queued = event && json_add_string(event, "event", name) && (!key || json_add_integer(event, key, value)) &&
		      exec_queue_json(run, event);

	json_free(event);
	return queued;
}

void exec_stop(struct exec_run *run, enum pith_code code)
{
	bool keep = code == PITH_OUTPUT_FAILED && run->options->with.on_disconnect == PITH_DISCONNECT_KEEP;

	if (!run->started || keep || run->again || !exec_queue_event(run, "kill", NULL, 0)) {
		run->conn->unusable = true;
		exec_end(run, code);
		return;
	}
	run->stopping = true;
	run->result = code;
	run->err = NULL;
	run->blocked = NULL;
	run->input.open = false;
	run->deadline = deadline_after(STOP_GRACE_MS);
}
