/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the JSON of an exec: its record, and its entry in `list`. Never: shows an environment. */
#include <string.h>

#include "agent/exec/exec.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "common/fmt.h"
#include "common/signame.h"

static const char *const cause_names[] = {
	[EXEC_EXITED] = "exited",
	[EXEC_SIGNALED] = "signaled",
	[EXEC_TIMED_OUT] = "timed_out",
	[EXEC_KILLED] = "killed",
	[EXEC_OOM] = "oom",
	[EXEC_START_FAILED] = "start_failed",
	[EXEC_LOST] = "lost",
};

static const char *const state_names[] = {
	[EXEC_STARTING] = "starting",
	[EXEC_RUNNING] = "running",
	[EXEC_DRAINING] = "running",
	[EXEC_ENDED] = "ended",
};

static void write_start_failure(const struct exec_record *record, struct buf *b)
{
	char message[160];

	fmt_text(message, sizeof(message), "%s: %s", spawn_stage_text(record->stage), strerror(record->error_number));
	jsonw_string(b, "stage", spawn_stage_name(record->stage));
	jsonw_string(b, "errno", errno_name(record->error_number));
	jsonw_string(b, "message", message);
}

static void write_cause(const struct exec_record *record, struct buf *b)
{
	const char *name = signame(record->signal);
	char number[16];

	jsonw_string(b, "cause", cause_names[record->cause]);
	if (record->cause == EXEC_START_FAILED) {
		write_start_failure(record, b);
	} else if (record->by_signal) {
		fmt_text(number, sizeof(number), "%d", record->signal);
		jsonw_string(b, "signal", name ? name : number);
		jsonw_count(b, "signal_number", (uint64_t)record->signal);
		jsonw_bool(b, "core_dumped", record->core_dumped);
	} else if (record->cause != EXEC_LOST) {
		jsonw_count(b, "code", (uint64_t)record->code);
	}
}

void exec_write_record(const struct exec *e, struct buf *b)
{
	const struct exec_record *record = &e->record;

	jsonw_string(b, "id", e->id);
	write_cause(record, b);
	jsonw_count(b, "wall_us", record->wall_us);
	jsonw_count(b, "cpu_user_us", record->usage.cpu_user_us);
	jsonw_count(b, "cpu_system_us", record->usage.cpu_system_us);
	jsonw_count(b, "peak_memory_bytes", record->usage.peak_memory_bytes);
	jsonw_count(b, "oom_kills", record->usage.oom_kills);
	jsonw_count(b, "stdin_bytes", e->in.written);
	jsonw_count(b, "stdout_bytes", record->output_bytes[0]);
	jsonw_count(b, "stdout_lost_bytes", e->out[0].lost);
	jsonw_count(b, "stderr_bytes", record->output_bytes[1]);
	jsonw_count(b, "stderr_lost_bytes", e->out[1].lost);
	jsonw_bool(b, "output_open", record->output_open);
}

static void write_argv(const struct exec *e, struct buf *b)
{
	const char *arg = e->argv;

	jsonw_array(b, "argv");
	for (size_t i = 0; i < e->argv_count; i++) {
		jsonw_string(b, NULL, arg);
		arg += strlen(arg) + 1;
	}
	jsonw_array_end(b);
	if (e->argv_cut)
		jsonw_bool(b, "argv_cut", true);
}

void exec_write_entry(const struct exec *e, struct buf *b)
{
	size_t attached = 0;

	for (const struct exec_reader *a = e->readers; a; a = a->next)
		attached++;
	jsonw_object(b, NULL);
	jsonw_string(b, "id", e->id);
	jsonw_count(b, "number", e->number);
	jsonw_string(b, "state", state_names[e->state]);
	jsonw_count(b, "pid", (uint64_t)e->pid);
	write_argv(e, b);
	jsonw_count(b, "started_us", (uint64_t)e->started_realtime_us);
	jsonw_bool(b, "tty", e->tty);
	jsonw_count(b, "attached", attached);
	jsonw_count(b, "stdout_bytes", e->out[0].ring.head);
	jsonw_count(b, "stderr_bytes", e->out[1].ring.head);
	if (e->state == EXEC_ENDED)
		write_cause(&e->record, b);
	jsonw_object_end(b);
}
