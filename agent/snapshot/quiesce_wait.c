/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the waiters for the end of a quiesce, thaw or resume. Never: answers a waiter before the end, or twice. */
#include <stdlib.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/quiesce_rows.h"
#include "common/cleanup.h"
#include "common/clock.h"

struct quiesce_waiter {
	struct op op;	/* conn is NULL after the connection has ended */
	struct quiesce_waiter *next;
	struct agent *agent;
	enum quiesce_last wants;
};

static void free_waiter(struct quiesce_waiter *w)
{
	struct quiesce_waiter **at = &w->agent->snapshot->quiesce.waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	free(w);
}

/* The row of steps goes on without the host that asked for it; the thaw timer bounds a quiesce. */
static void on_gone(struct op *op)
{
	op->conn = NULL;
	free_waiter(container_of(op, struct quiesce_waiter, op));
}

static const struct op_class class = { .gone = on_gone, .outlasts_resume = true };

bool quiesce_add_waiter(struct agent *agent, struct conn *c, enum quiesce_last wants)
{
	struct quiesce_waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return false;
	w->agent = agent;
	w->wants = wants;
	w->next = agent->snapshot->quiesce.waiters;
	agent->snapshot->quiesce.waiters = w;
	w->op = (struct op){ &class, c };
	c->op = &w->op;
	return true;
}

bool quiesce_wait(struct agent *agent, struct conn *c)
{
	return quiesce_add_waiter(agent, c, agent->snapshot->quiesce.last);
}

static void write_thawed(const struct agent *agent, struct buf *b)
{
	jsonw_bool(b, "thawed", true);
	jsonw_string(b, "generation", agent->generation);
	quiesce_write_lists(agent, b);
}

static void answer(struct agent *agent, struct quiesce_waiter *w)
{
	struct quiesce *q = &agent->snapshot->quiesce;
	struct reply reply;

	dispatch_begin(&w->op, &reply);
	if (w->wants == LAST_THAW && q->state != QUIESCE_HELD) {
		write_thawed(agent, reply.result);
	} else if (q->error.failed) {
		struct buf *result = reply.result;

		reply = q->error;
		reply.result = result;
	} else if (w->wants == LAST_QUIESCE) {
		jsonw_members(reply.result, q->answer.data, q->answer.len);
	} else if (w->wants == LAST_RESUME) {
		jsonw_members(reply.result, q->resume_answer.data, q->resume_answer.len);
	}
	dispatch_finish(&w->op, &reply);
	free_waiter(w);
}

void quiesce_answer(struct agent *agent, enum quiesce_last wants)
{
	struct quiesce_waiter *next;

	for (struct quiesce_waiter *w = agent->snapshot->quiesce.waiters; w; w = next) {
		next = w->next;
		if (w->wants == wants)
			answer(agent, w);
	}
	agent->snapshot->quiesce.error = (struct reply){ 0 };
}

/* True: the persisted state must stay with PID 1, which thaws at its time. */
static bool is_still_frozen(const struct steps *s)
{
	for (size_t i = 0; i < s->result_count; i++)
		if (strcmp(s->result[i].name, "filesystems") == 0 && s->result[i].error_number)
			return true;
	return false;
}

/* The texts of earlier requests would be in each clone's memory. */
static void trim(struct agent *agent)
{
	json_trim();
	buf_deinit(&agent->scratch);
}

void quiesce_end(struct agent *agent, enum quiesce_state state)
{
	struct quiesce *q = &agent->snapshot->quiesce;

	quiesce_set_state(agent, state);
	while (q->waiters)
		answer(agent, q->waiters);
	q->error = (struct reply){ 0 };
	if (state == QUIESCE_QUIESCED && q->params.mode == QUIESCE_TEMPLATE)
		trim(agent);
	if (q->freezer && state != QUIESCE_QUIESCED)
		quiesce_drop_freezer(agent);
	if (state != QUIESCE_RUNNING)
		quiesce_keep(agent, QUIESCE_KEEP_STATE);
	else if (!is_still_frozen(&q->steps))
		quiesce_forget(agent);
}

void quiesce_refuse(const struct agent *agent, struct reply *reply)
{
	const struct quiesce *q = &agent->snapshot->quiesce;
	int64_t left = q->expires_us - clock_boot_us();

	if (q->expires_us)
		reply_fail(reply, ERROR_QUIESCED, "the guest stands still for a snapshot, %lld ms more at most",
			   (long long)(left > 0 ? left / 1000 : 0));
	else if (q->state == QUIESCE_HELD)
		reply_fail(reply, ERROR_QUIESCED, "the guest waits for a resume");
	else
		reply_fail(reply, ERROR_QUIESCED, "a quiesce, thaw or resume is under way");
}
