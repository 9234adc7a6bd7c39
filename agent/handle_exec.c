/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the exec request: from its fields to an exec, and from an exec to its record. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "cleanup.h"
#include "dispatch.h"
#include "exec.h"
#include "exec_io.h"
#include "json.h"
#include "jsonw.h"
#include "limits.h"
#include "signame.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const base_env[] = { "PATH=" DEFAULT_PATH, "HOME=/root" };

static const char *const cause_names[] = {
	[EXEC_EXITED] = "exited",
	[EXEC_SIGNALED] = "signaled",
	[EXEC_KILLED] = "killed",
	[EXEC_OOM] = "oom",
	[EXEC_START_FAILED] = "start_failed",
};

static bool id_is_allowed(const char *id)
{
	return id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static bool check(const struct request_exec *request, struct reply *reply)
{
	if (!request->f_argv.item[0][0])
		return reply_fail_field(reply, "argv", "argv: the program's name is empty");
	if (request->f_cwd && request->f_cwd[0] != '/')
		return reply_fail_field(reply, "cwd", "cwd: must be an absolute path");
	if (request->f_id && !id_is_allowed(request->f_id))
		return reply_fail_field(reply, "id", "id: only A-Z a-z 0-9 _ - may stand in it");
	if (request->f_on_disconnect && strcmp(request->f_on_disconnect, "keep") != 0 &&
	    strcmp(request->f_on_disconnect, "kill") != 0)
		return reply_fail_field(reply, "on_disconnect", "on_disconnect: must be keep or kill");
	for (size_t i = 0; i < request->f_env.count; i++)
		if (!request->f_env.key[i][0] || strchr(request->f_env.key[i], '='))
			return reply_fail_field(reply, "env", "env: a name may not be empty or hold a =");
	return true;
}

/* The value of name in a list of NAME=VALUE. */
static const char *env_find(const char *const *env, size_t count, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (strncmp(env[i], name, n) == 0 && env[i][n] == '=')
			return env[i] + n + 1;
	return NULL;
}

/* The base without what the request sets, then what it sets. In the arena; NULL when that is used up. */
static const char **make_env(const struct request_exec *request)
{
	const struct pair_list *set = &request->f_env;
	const char **env = json_alloc((ARRAY_SIZE(base_env) + set->count + 1) * sizeof(*env));
	size_t count = 0;

	if (!env)
		return NULL;
	for (size_t i = 0; i < set->count; i++) {
		size_t size = strlen(set->key[i]) + strlen(set->value[i]) + 2;
		char *pair = json_alloc(size);

		if (!pair)
			return NULL;
		snprintf(pair, size, "%s=%s", set->key[i], set->value[i]);
		env[count++] = pair;
	}
	for (size_t i = 0; request->f_inherit_env && i < ARRAY_SIZE(base_env); i++) {
		char name[16] = "";

		memcpy(name, base_env[i], strcspn(base_env[i], "="));
		if (!env_find(env, set->count, name))
			env[count++] = base_env[i];
	}
	env[count] = NULL;
	return env;
}

static size_t env_count(const char *const *env)
{
	size_t count = 0;

	while (env[count])
		count++;
	return count;
}

enum handled handle_exec(struct conn *c, const struct request_exec *request, struct reply *reply)
{
	const char **env;
	struct exec_params params;
	struct exec *e;
	const char *path;
	int r;

	if (!check(request, reply))
		return HANDLED_NOW;
	env = make_env(request);
	if (!env) {
		reply_fail_field(reply, "env", "env: too many values");
		return HANDLED_NOW;
	}
	path = env_find(env, env_count(env), "PATH");
	params = (struct exec_params){
		.id = request->f_id,
		.argv = request->f_argv.item,
		.envp = env,
		.path = path ? path : DEFAULT_PATH,
		.cwd = request->f_cwd ? request->f_cwd : "/",
		.with_stdin = request->f_stdin,
	};
	e = exec_start(c->agent, &params, reply);
	if (!e)
		return HANDLED_NOW;
	r = exec_attach(e, c, request->f_on_disconnect && strcmp(request->f_on_disconnect, "kill") == 0);
	if (r < 0) {
		exec_kill(e);
		reply_fail_errno(reply, -r, "attach");
		return HANDLED_NOW;
	}
	return HANDLED_LATER;
}

static const char *stage_text(enum spawn_stage stage)
{
	switch (stage) {
	case SPAWN_pipe:
		return "no pipe for its streams";
	case SPAWN_cgroup:
		return "no cgroup for it";
	case SPAWN_clone:
		return "no process for it";
	case SPAWN_stdio:
		return "its streams could not be set up";
	case SPAWN_cwd:
		return "its working directory can not be entered";
	case SPAWN_lookup:
		return "no such program in PATH";
	case SPAWN_exec:
		return "the program can not be run";
	case SPAWN_interpreter:
		return "the program is there, the interpreter or loader that it names is not";
	}
	return "unknown";
}

static void write_cause(const struct exec_record *record, struct buf *b)
{
	const char *name = signame(record->signal);
	char number[16], message[160];

	switch (record->cause) {
	case EXEC_EXITED:
		jsonw_count(b, "code", (uint64_t)record->code);
		return;
	case EXEC_START_FAILED:
		snprintf(message, sizeof(message), "%s: %s", stage_text(record->stage), strerror(record->error_number));
		jsonw_string(b, "stage", spawn_stage_name(record->stage));
		jsonw_string(b, "errno", errno_name(record->error_number));
		jsonw_string(b, "message", message);
		return;
	case EXEC_SIGNALED:
	case EXEC_KILLED:
	case EXEC_OOM:
		snprintf(number, sizeof(number), "%d", record->signal);
		jsonw_string(b, "signal", name ? name : number);
		jsonw_count(b, "signal_number", (uint64_t)record->signal);
		jsonw_bool(b, "core_dumped", record->core_dumped);
		return;
	}
}

void exec_write_record(const struct exec *e, struct buf *b)
{
	const struct exec_record *record = &e->record;

	jsonw_string(b, "id", e->id);
	jsonw_string(b, "cause", cause_names[record->cause]);
	write_cause(record, b);
	jsonw_count(b, "wall_us", record->wall_us);
	jsonw_count(b, "cpu_user_us", record->usage.cpu_user_us);
	jsonw_count(b, "cpu_system_us", record->usage.cpu_system_us);
	jsonw_count(b, "peak_memory_bytes", record->usage.peak_memory_bytes);
	jsonw_count(b, "oom_kills", record->usage.oom_kills);
	jsonw_count(b, "stdin_bytes", e->in_bytes);
	jsonw_count(b, "stdout_bytes", e->out[0].final);
	jsonw_count(b, "stdout_lost_bytes", e->out[0].lost);
	jsonw_count(b, "stderr_bytes", e->out[1].final);
	jsonw_count(b, "stderr_lost_bytes", e->out[1].lost);
	jsonw_bool(b, "output_open", record->output_open);
}
