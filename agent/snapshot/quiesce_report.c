/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the replies to quiesce, thaw, resume and their status. Never: changes anything but the replies kept for a repeated request. */

#include "agent/core/agent.h"
#include "agent/protocol/jsonw.h"
#include "agent/snapshot/quiesce.h"

static const char *const state_names[] = {
	[QUIESCE_RUNNING] = "running", [QUIESCE_QUIESCING] = "quiescing", [QUIESCE_QUIESCED] = "quiesced",
	[QUIESCE_THAWING] = "thawing", [QUIESCE_RESUMING] = "resuming",	  [QUIESCE_HELD] = "held",
};

static const char *const mode_names[] = {
	[QUIESCE_MEMORY] = "memory", [QUIESCE_DISK] = "disk", [QUIESCE_TEMPLATE] = "template",
};

static const char *const last_names[] = {
	[LAST_NONE] = "nothing", [LAST_QUIESCE] = "quiesce", [LAST_THAW] = "thaw", [LAST_RESUME] = "resume", [LAST_TIMEOUT] = "timeout",
};

static const struct freeze_block *notes(const struct quiesce *q)
{
	return q->freezer ? q->freezer->block : &q->notes;
}

void quiesce_write_lists(const struct agent *agent, struct buf *b)
{
	const struct steps *s = &agent->snapshot->quiesce.steps;

	jsonw_array(b, "steps");
	for (size_t i = 0; i < s->result_count; i++) {
		jsonw_object(b, NULL);
		jsonw_string(b, "step", s->result[i].name);
		jsonw_count(b, "us", s->result[i].us);
		if (s->result[i].error_number)
			jsonw_string(b, "errno", errno_name(s->result[i].error_number));
		jsonw_object_end(b);
	}
	jsonw_array_end(b);
	hooks_write(&agent->snapshot->hooks, b);
}

void quiesce_make_answer(struct agent *agent)
{
	struct quiesce *q = &agent->snapshot->quiesce;
	struct buf *b = &q->answer;

	b->len = 0;
	b->failed = false;
	jsonw_string(b, "token", q->token);
	jsonw_string(b, "generation", q->generation);
	jsonw_string(b, "mode", mode_names[q->params.mode]);
	jsonw_count(b, "ttl_ms", (uint64_t)q->params.ttl_us / 1000);
	jsonw_count(b, "expires_boottime_us", (uint64_t)q->expires_us);
	freezer_write(notes(q), b);
	quiesce_write_lists(agent, b);
}

/* The parts of the last resume's network step, whether it failed or not. */
static void write_network(const struct agent *agent, struct buf *b)
{
	const struct buf *report = &agent->snapshot->quiesce.resume.network_report;

	if (!report->len)
		return;
	jsonw_object(b, "network");
	jsonw_members(b, report->data, report->len);
	jsonw_object_end(b);
}

/* The mounts of the last resume, whether it failed or not. */
static void write_mounts(const struct agent *agent, struct buf *b)
{
	const struct buf *report = &agent->snapshot->quiesce.resume.mounts_report;

	if (!report->len)
		return;
	jsonw_array(b, "mounts");
	jsonw_members(b, report->data, report->len);
	jsonw_array_end(b);
}

void quiesce_make_resume_answer(struct agent *agent)
{
	const struct resume_params *resume = &agent->snapshot->quiesce.resume;
	struct buf *b = &agent->snapshot->quiesce.resume_answer;

	b->len = 0;
	b->failed = false;
	jsonw_string(b, "generation", agent->generation);
	jsonw_bool(b, "was_quiesced", resume->was_quiesced);
	jsonw_integer(b, "clock_step_us", resume->clock_step_us);
	jsonw_object(b, "sockets");
	jsonw_count(b, "destroyed", resume->sockets.destroyed);
	jsonw_count(b, "gone", resume->sockets.gone);
	jsonw_count(b, "failed", resume->sockets.failed);
	jsonw_object_end(b);
	jsonw_count(b, "connections_closed", resume->connections_closed);
	write_network(agent, b);
	write_mounts(agent, b);
	quiesce_write_lists(agent, b);
}

void quiesce_write_status(const struct agent *agent, struct buf *b)
{
	const struct quiesce *q = &agent->snapshot->quiesce;

	jsonw_string(b, "state", state_names[q->state]);
	jsonw_string(b, "generation", agent->generation);
	if (q->state != QUIESCE_RUNNING) {
		jsonw_string(b, "token", q->token);
		jsonw_string(b, "mode", mode_names[q->params.mode]);
	}
	if (q->expires_us)
		jsonw_count(b, "expires_boottime_us", (uint64_t)q->expires_us);
	jsonw_string(b, "workload", agent->snapshot->workload.held ? agent->snapshot->workload.frozen ? "frozen" : "freezing" : "running");
	freezer_write(notes(q), b);
	jsonw_string(b, "last", last_names[q->last]);
	if (q->failed_step)
		jsonw_string(b, "failed_step", q->failed_step);
	quiesce_write_lists(agent, b);
	if (q->last == LAST_RESUME) {
		write_network(agent, b);
		write_mounts(agent, b);
	}
	jsonw_count(b, "quiesces", q->quiesces);
	jsonw_count(b, "resumes", q->resumes);
	jsonw_count(b, "thaws", q->thaws);
	jsonw_count(b, "auto_thaws", q->auto_thaws);
	jsonw_count(b, "restores_seen", agent->snapshot->restore.seen);
	jsonw_string(b, "generation_source", restore_source(agent));
}
