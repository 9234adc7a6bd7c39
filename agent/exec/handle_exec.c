/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the exec and env_set requests: from their fields to an exec's parameters. Never: starts a process. */
#include <errno.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/attach.h"
#include "agent/exec/exec.h"
#include "agent/exec/handle_exec.h"
#include "agent/protocol/json.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/spawn/spawn_names.h"
#include "common/cleanup.h"
#include "common/fmt.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_TERM "xterm-256color"

bool handle_exec_on_disconnect(const char *text, enum exec_gone *ret, struct reply *reply)
{
	*ret = GONE_KEEP;
	if (!text || strcmp(text, "keep") == 0)
		return true;
	*ret = GONE_KILL;
	if (strcmp(text, "kill") == 0)
		return true;
	*ret = GONE_HANGUP;
	if (strcmp(text, "hangup") == 0)
		return true;
	return reply_fail_field(reply, "on_disconnect", "on_disconnect: must be keep, kill or hangup");
}

static bool id_is_allowed(const char *id)
{
	return id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

bool handle_exec_check_env(const struct pair_list *env, struct reply *reply)
{
	for (size_t i = 0; i < env->count; i++)
		if (!env->key[i][0] || strchr(env->key[i], '='))
			return reply_fail_field(reply, "env", "env: a name may not be empty or hold a =");
	return true;
}

static bool check(const struct request_exec *request, struct reply *reply)
{
	const char *when = request->f_when_unread;

	if (!request->f_argv.item[0][0])
		return reply_fail_field(reply, "argv", "argv: the program's name is empty");
	if (request->f_cwd && request->f_cwd[0] != '/')
		return reply_fail_field(reply, "cwd", "cwd: must be an absolute path");
	if (request->f_id && !id_is_allowed(request->f_id))
		return reply_fail_field(reply, "id", "id: only A-Z a-z 0-9 _ - are allowed");
	if (when && strcmp(when, "drop_oldest") != 0 && strcmp(when, "block") != 0)
		return reply_fail_field(reply, "when_unread", "when_unread: must be drop_oldest or block");
	return handle_exec_check_env(&request->f_env, reply);
}

/* NAME=VALUE strings in the JSON arena; the first string of a name wins. */
struct env {
	const char **item;
	size_t count, size;
};

static bool env_has(const struct env *env, const char *pair)
{
	size_t n = strcspn(pair, "=") + 1;

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->item[i], pair, n) == 0)
			return true;
	return false;
}

static void env_add(struct env *env, const char *pair)
{
	if (!env_has(env, pair) && env->count < env->size)
		env->item[env->count++] = pair;
}

static void add_strings(struct env *env, const struct buf *strings)
{
	for (size_t at = 0; at < strings->len; at += strlen((const char *)strings->data + at) + 1)
		env_add(env, (const char *)strings->data + at);
}

static size_t count_strings(const struct buf *b)
{
	size_t count = 0;

	for (size_t at = 0; at < b->len; at += strlen((const char *)b->data + at) + 1)
		count++;
	return count;
}

/*
 * Adds the request's variables, then those of env_set, then the configuration's, then the defaults. False: the arena is
 * full.
 */
static bool make_env(const struct agent *agent, const struct request_exec *request, struct env *env)
{
	const struct pair_list *set = &request->f_env;
	const struct buf *inherited[] = { &agent->execs->base_env, agent->execs->defaults.env };

	/* PATH and TERM are the agent's own defaults. */
	env->size = set->count + count_strings(inherited[0]) + count_strings(inherited[1]) + 2;
	env->count = 0;
	env->item = json_alloc((env->size + SPAWN_ENV_SPARE + 1) * sizeof(*env->item));
	if (!env->item)
		return false;
	for (size_t i = 0; i < set->count; i++) {
		size_t size = strlen(set->key[i]) + strlen(set->value[i]) + 2;
		char *pair = json_alloc(size);

		if (!pair)
			return false;
		fmt_text(pair, size, "%s=%s", set->key[i], set->value[i]);
		env->item[env->count++] = pair;
	}
	for (size_t i = 0; request->f_inherit_env && i < ARRAY_SIZE(inherited); i++)
		add_strings(env, inherited[i]);
	if (request->f_inherit_env)
		env_add(env, "PATH=" DEFAULT_PATH);
	if (request->f_inherit_env && request->f_tty)
		env_add(env, "TERM=" DEFAULT_TERM);
	env->item[env->count] = NULL;
	return true;
}

static const char *find_path(const struct env *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->item[i], "PATH=", 5) == 0)
			return env->item[i] + 5;
	return DEFAULT_PATH;
}

static bool add_rlimits(const struct request_exec *request, struct spawn_plan *plan, struct reply *reply)
{
	for (size_t i = 0; i < request->f_rlimits.count; i++) {
		struct spawn_rlimit *limit = &plan->rlimits[plan->rlimit_count];

		if (plan->rlimit_count == SPAWN_RLIMITS)
			return reply_fail_field(reply, "rlimits", "rlimits: more than %d", SPAWN_RLIMITS - 1);
		if (!spawn_parse_rlimit(request->f_rlimits.key[i], request->f_rlimits.value[i], limit))
			return reply_fail_field(reply, "rlimits", "rlimits: %.32s: no such limit, or not SOFT, SOFT:HARD or unlimited",
						request->f_rlimits.key[i]);
		plan->rlimit_count++;
	}
	return true;
}

static bool add_capabilities(const struct request_exec *request, struct spawn_plan *plan, struct reply *reply)
{
	const struct string_list *list = &request->f_capabilities;

	plan->drop_capabilities = list->item != NULL;
	for (size_t i = 0; list->item && i < list->count; i++) {
		int capability = spawn_parse_capability(list->item[i]);

		if (capability < 0)
			return reply_fail_field(reply, "capabilities", "capabilities: %.32s: no capability has this name", list->item[i]);
		plan->kept_capabilities |= 1ULL << capability;
	}
	return true;
}

/* A configured text may be "", which means none. */
static const char *given_or(const char *given, const char *configured)
{
	return given ? given : configured[0] ? configured : NULL;
}

static bool make_plan(const struct agent *agent, const struct request_exec *request, struct spawn_plan *plan,
		      struct reply *reply)
{
	struct env env;

	/* Without the image's configuration the user is not known; root must not be the fallback. */
	if (!request->f_user && agent->execs->defaults.unknown_user)
		return reply_fail_field(reply, "user", "user: must be given, as the image's configuration was not taken: %s",
					agent->execs->defaults.unknown_user);
	if (!make_env(agent, request, &env))
		return reply_fail_field(reply, "env", "env: too many values");
	*plan = (struct spawn_plan){
		.argv = request->f_argv.item,
		.envp = env.item,
		.env_count = env.count,
		.user_env = request->f_inherit_env,
		.path = find_path(&env),
		.cwd = given_or(request->f_cwd, agent->execs->defaults.workdir),
		.user = given_or(request->f_user, agent->execs->defaults.user),
		.umask = (mode_t)request->f_umask,
		.nice = (int)request->f_nice,
		/* The agent's own oom_score_adj must not be inherited. */
		.set_oom_score = agent->protected || request->f_oom_score_adj,
		.oom_score_adj = (int)request->f_oom_score_adj,
		.no_new_privs = request->f_no_new_privs,
		/* The agent's own RLIMIT_NOFILE is higher than programs expect; a later entry, of the request, wins. */
		.rlimits = { { RLIMIT_NOFILE, agent->nofile } },
		.rlimit_count = 1,
	};
	return add_rlimits(request, plan, reply) && add_capabilities(request, plan, reply);
}

static size_t power_of_two_within(size_t n)
{
	size_t size = LIMIT_RING_LAST_BYTES;

	while (size <= n / 2)
		size *= 2;
	return size;
}

static struct exec_params make_params(const struct request_exec *request)
{
	return (struct exec_params){
		.id = request->f_id,
		.with_stdin = request->f_stdin,
		.tty = request->f_tty,
		.rows = (unsigned int)request->f_rows,
		.cols = (unsigned int)request->f_cols,
		.limits = {
			.memory_max_bytes = request->f_memory_max_bytes,
			.memory_swap_max_bytes = request->f_memory_swap_max_bytes,
			.pids_max = request->f_pids_max,
			.cpu_max_millis = request->f_cpu_max_millis,
			.io_weight = request->f_io_weight,
		},
		.timeout_us = request->f_timeout_ms * 1000,
		.grace_us = request->f_grace_ms * 1000,
		.ring_max = power_of_two_within(request->f_ring_bytes),
		.block_when_unread = request->f_when_unread && strcmp(request->f_when_unread, "block") == 0,
	};
}

struct exec *handle_exec_begin(struct agent *agent, const struct request_exec *request, struct reply *reply)
{
	struct exec_params params = make_params(request);

	if (!check(request, reply) || !make_plan(agent, request, &params.plan, reply))
		return NULL;
	return exec_start(agent, &params, reply);
}

enum handled handle_exec(struct conn *c, const struct request_exec *request, struct reply *reply)
{
	struct attach_params attach_params = { .kind = request->f_detach ? ATTACH_START : ATTACH_EXEC };
	struct exec *e;
	int r;

	if (!handle_exec_on_disconnect(request->f_on_disconnect, &attach_params.when_gone, reply))
		return HANDLED_NOW;
	e = handle_exec_begin(c->agent, request, reply);
	if (!e)
		return HANDLED_NOW;
	attach_params.writer = !request->f_detach && (request->f_stdin || request->f_tty);
	r = attach(e, c, &attach_params);
	if (r < 0) {
		exec_kill(e);
		reply_fail_errno(reply, -r, "attach");
		return HANDLED_NOW;
	}
	return HANDLED_LATER;
}

int handle_exec_set_env(struct agent *agent, const struct pair_list *pairs)
{
	struct buf env = BUF_INIT(FRAME_JSON_MAX);

	schema_append_env(pairs, &env);
	if (env.failed) {
		buf_deinit(&env);
		return -ENOMEM;
	}
	buf_deinit(&agent->execs->base_env);
	agent->execs->base_env = env;
	persist_save_env(agent);
	return 0;
}

enum handled handle_env_set(struct conn *c, const struct request_env_set *request, struct reply *reply)
{
	int r;

	if (!handle_exec_check_env(&request->f_env, reply))
		return HANDLED_NOW;
	r = handle_exec_set_env(c->agent, &request->f_env);
	if (r < 0)
		reply_fail_errno(reply, -r, "env");
	else
		jsonw_count(reply->result, "count", request->f_env.count);
	return HANDLED_NOW;
}
