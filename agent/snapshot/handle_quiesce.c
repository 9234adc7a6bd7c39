/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests around a snapshot: their fields, and whether the state of the guest allows them. Never: does a step itself. */
#include <errno.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/handle_exec.h"
#include "agent/network/identity_text.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/server/server.h"
#include "agent/snapshot/entropy.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/resume.h"
#include "agent/snapshot/resume_plan.h"
#include "common/clock.h"
#include "common/fmt.h"

/* Finds text among count words; NULL is the first word. False: *reply lists the words. */
static bool parse_word(const char *text, const char *field, const char *const *words, unsigned int count, unsigned int *ret,
		       struct reply *reply)
{
	for (*ret = 0; *ret < count; ++*ret)
		if (!text || strcmp(text, words[*ret]) == 0)
			return true;
	return reply_fail_field(reply, field, "%s: must be %s, %s or %s", field, words[0], words[1], words[2]);
}

static bool is_same(const char *id, const char *other)
{
	return id && other[0] && strcmp(id, other) == 0;
}

/* A request with the token of another quiesce, or of another generation, is meant for another guest. */
static bool check_token(const struct agent *agent, const char *token, struct reply *reply)
{
	if (!token || is_same(token, agent->snapshot->quiesce.token))
		return true;
	reply_fail_field(reply, "token", "token: the quiesce has another token");
	reply->code = ERROR_STALE;
	return false;
}

static int64_t sync_us(uint64_t asked_ms)
{
	struct sysinfo info;
	int64_t us;

	if (asked_ms != NOT_GIVEN)
		return (int64_t)asked_ms * 1000;
	if (sysinfo(&info) < 0)
		return LIMIT_SYNC_MOST_US;
	us = (int64_t)((uint64_t)info.totalram * info.mem_unit / LIMIT_SYNC_BYTES_PER_S) * 1000000;
	return us < LIMIT_SYNC_LEAST_US ? LIMIT_SYNC_LEAST_US : us > LIMIT_SYNC_MOST_US ? LIMIT_SYNC_MOST_US : us;
}

/* A repeated request gets the reply of the first one. */
static enum handled repeat_quiesce(struct conn *c, struct reply *reply)
{
	struct quiesce *q = &c->agent->snapshot->quiesce;

	if (q->state == QUIESCE_QUIESCED) {
		jsonw_members(reply->result, q->answer.data, q->answer.len);
		return HANDLED_NOW;
	}
	if (q->state == QUIESCE_QUIESCING && quiesce_wait(c->agent, c))
		return HANDLED_LATER;
	reply_fail_field(reply, "id", "id: the quiesce of this id is over");
	reply->code = ERROR_STALE;
	return HANDLED_NOW;
}

enum handled handle_quiesce(struct conn *c, const struct request_quiesce *request, struct reply *reply)
{
	static const char *const modes[] = { "memory", "disk", "template" }, *const unknown[] = { "later", "thaw", "hold" };
	struct quiesce *q = &c->agent->snapshot->quiesce;
	unsigned int mode, on_timeout;
	struct quiesce_params params = {
		.id = request->f_id,
		.ttl_us = (int64_t)request->f_ttl_ms * 1000,
		.freeze_us = (int64_t)request->f_freeze_timeout_ms * 1000,
		.sync_us = sync_us(request->f_sync_timeout_ms),
		.hook_us = (int64_t)request->f_hook_timeout_ms * 1000,
	};

	if (!parse_word(request->f_mode, "mode", modes, 3, &mode, reply) ||
	    !parse_word(request->f_on_timeout, "on_timeout", unknown, 3, &on_timeout, reply))
		return HANDLED_NOW;
	params.mode = (enum quiesce_mode)mode;
	params.on_timeout = (enum quiesce_unknown)on_timeout;
	if (is_same(request->f_id, q->id))
		return repeat_quiesce(c, reply);
	if (c->agent->stopping) {
		reply_fail(reply, ERROR_SHUTTING_DOWN, "the guest is going down");
		return HANDLED_NOW;
	}
	if (q->state != QUIESCE_RUNNING) {
		quiesce_refuse(c->agent, reply);
		reply->code = ERROR_BUSY;
		return HANDLED_NOW;
	}
	return quiesce_begin(c->agent, c, &params, reply) ? HANDLED_LATER : HANDLED_NOW;
}

enum handled handle_keepalive(struct conn *c, const struct request_keepalive *request, struct reply *reply)
{
	struct quiesce *q = &c->agent->snapshot->quiesce;
	int r;

	if (!check_token(c->agent, request->f_token, reply))
		return HANDLED_NOW;
	if (q->state != QUIESCE_QUIESCED) {
		reply_fail(reply, ERROR_STALE, "the guest is not quiesced");
		return HANDLED_NOW;
	}
	r = quiesce_set_expiry(c->agent, (int64_t)request->f_ttl_ms * 1000);
	if (r == 0)
		r = quiesce_keep(c->agent, QUIESCE_KEEP_STATE);
	if (r < 0) {
		reply_fail_errno(reply, -r, "keepalive");
		return HANDLED_NOW;
	}
	jsonw_count(reply->result, "expires_boottime_us", (uint64_t)q->expires_us);
	return HANDLED_NOW;
}

enum handled handle_thaw(struct conn *c, const struct request_thaw *request, struct reply *reply)
{
	struct agent *agent = c->agent;
	struct quiesce *q = &agent->snapshot->quiesce;

	if (!check_token(agent, request->f_token, reply))
		return HANDLED_NOW;
	if (q->state == QUIESCE_RESUMING) {
		reply_fail(reply, ERROR_BUSY, "a resume is under way");
		return HANDLED_NOW;
	}
	if (q->state != QUIESCE_RUNNING && !request->f_force && (q->resume_failed || quiesce_was_restored(agent))) {
		reply_fail(reply, ERROR_QUIESCED, "this guest may be a clone: it needs a resume, or a thaw by force");
		return HANDLED_NOW;
	}
	if (quiesce_thaw(agent, c, LAST_THAW))
		return HANDLED_LATER;
	/* A program with root's rights may have frozen the cgroup itself; then no exec could start. */
	jsonw_bool(reply->result, "thawed", request->f_force && workload_claim(agent) && workload_thaw(agent) == 0);
	jsonw_string(reply->result, "generation", agent->generation);
	return HANDLED_NOW;
}

static bool check_id(const char *what, const char *field, const char *text, struct reply *reply)
{
	return !what || reply_fail_field(reply, field, "%s: %.64s: %s", field, text, what);
}

static bool check_resume(const struct agent *agent, const struct request_resume *request, struct reply *reply)
{
	const char *machine_id = request->f_machine_id, *boot_id = request->f_boot_id, *generation = request->f_generation;
	const char *sockets = request->f_sockets;
	struct config_mount_list mounts;
	struct resume_network network;

	if (sockets && strcmp(sockets, "destroy") != 0 && strcmp(sockets, "keep") != 0)
		return reply_fail_field(reply, "sockets", "sockets: must be destroy or keep");
	for (size_t i = 0; i < request->f_optional.count; i++)
		if (!resume_is_step(request->f_optional.item[i]))
			return reply_fail_field(reply, "optional", "optional: resume has no step %.64s", request->f_optional.item[i]);
	if (!entropy_is_hex(request->f_entropy))
		return reply_fail_field(reply, "entropy", "entropy: must be an even number of hex digits");
	if (request->f_hostname &&
	    !check_id(identity_check_hostname(request->f_hostname), "hostname", request->f_hostname, reply))
		return false;
	if (machine_id && strcmp(machine_id, "new") != 0 &&
	    !check_id(identity_check_machine_id(machine_id), "machine_id", machine_id, reply))
		return false;
	if (boot_id && strcmp(boot_id, "new") != 0 && !check_id(identity_check_boot_id(boot_id), "boot_id", boot_id, reply))
		return false;
	if (!resume_plan_network(request, &network, reply) || !resume_plan_mounts(request, &mounts, reply) ||
	    !handle_exec_check_env(&request->f_env, reply) || !check_token(agent, request->f_token, reply))
		return false;
	if (!generation || is_same(generation, agent->generation) ||
	    (agent->snapshot->quiesce.token[0] && is_same(generation, agent->snapshot->quiesce.generation)))
		return true;
	reply_fail_field(reply, "generation", "generation: this guest has another one");
	reply->code = ERROR_STALE;
	return false;
}

enum handled handle_resume(struct conn *c, const struct request_resume *request, struct reply *reply)
{
	struct agent *agent = c->agent;
	struct quiesce *q = &agent->snapshot->quiesce;
	struct resume_params params = {
		.received_us = clock_boot_us(),
		.realtime_us = request->f_realtime_us,
		.round_trip_us = request->f_round_trip_us,
		.hook_us = (int64_t)request->f_hook_timeout_ms * 1000,
		.force = request->f_force,
		.request = BUF_INIT(FRAME_JSON_MAX),
	};

	if (is_same(request->f_id, q->resume.id) && q->state == QUIESCE_RUNNING && q->resume_answer.len) {
		jsonw_members(reply->result, q->resume_answer.data, q->resume_answer.len);
		return HANDLED_NOW;
	}
	if (q->state == QUIESCE_RESUMING) {
		if (is_same(request->f_id, q->resume.id) && quiesce_wait(agent, c))
			return HANDLED_LATER;
		reply_fail(reply, ERROR_BUSY, "another resume is under way");
		return HANDLED_NOW;
	}
	if (!check_resume(agent, request, reply))
		return HANDLED_NOW;
	fmt_text(params.id, sizeof(params.id), "%s", request->f_id ? request->f_id : "");
	buf_append(&params.request, agent->server->request_text, agent->server->request_len);
	if (params.request.failed) {
		reply_fail_errno(reply, ENOMEM, "resume");
		return HANDLED_NOW;
	}
	return resume_begin(agent, c, &params, reply) ? HANDLED_LATER : HANDLED_NOW;
}

enum handled handle_snapshot_status(struct conn *c, const struct request_snapshot_status *request, struct reply *reply)
{
	(void)request;
	quiesce_write_status(c->agent, reply->result);
	return HANDLED_NOW;
}
