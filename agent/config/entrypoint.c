/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the life of `main`: its start, its restarts, and what its end means for the guest.
 *
 * Never: starts `main` twice at once, starts it while the guest goes down or is not in its root, restarts it without a delay.
 */
#include "agent/config/entrypoint.h"

#include <errno.h>
#include <string.h>

#include "agent/config/configuration.h"
#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/core/log.h"
#include "agent/exec/exec.h"
#include "agent/exec/handle_exec.h"
#include "agent/protocol/config.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/request.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/signame.h"

/* The values of config.restart and config.on_end. */
enum { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };
enum { ON_END_NOTHING, ON_END_POWEROFF, ON_END_REBOOT };

#define STATUS_LOST 125

static const char *const state_names[] = {
	[ENTRYPOINT_NONE] = "none",
	[ENTRYPOINT_RUNNING] = "running",
	[ENTRYPOINT_WAITING] = "waiting",
	[ENTRYPOINT_OVER] = "over",
};

static bool decode(const struct agent *agent, struct config_config *ret)
{
	return configuration_decode(&agent->config->configuration.effective, ret);
}

/* Written as an exec request, so that the checks and bounds of exec apply. */
static void write_request(const struct config_config *config, struct buf *b)
{
	const struct string_list *lists[] = { &config->f_entrypoint, &config->f_cmd };

	jsonw_object(b, NULL);
	jsonw_string(b, "op", "exec");
	jsonw_string(b, "id", ENTRYPOINT_ID);
	jsonw_bool(b, "tty", config->f_tty);
	jsonw_array(b, "argv");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (size_t n = 0; n < lists[i]->count; n++)
			jsonw_string(b, NULL, lists[i]->item[n]);
	jsonw_array_end(b);
	jsonw_object_end(b);
}

static void wait_for_next(struct agent *agent, int64_t delay_us)
{
	agent->config->entrypoint.state = ENTRYPOINT_WAITING;
	loop_timer_set(&agent->loop, &agent->config->entrypoint.again, delay_us);
}

static bool start(struct agent *agent, const struct config_config *config, struct reply *error)
{
	_cleanup_buf_ struct buf text = BUF_INIT(FRAME_JSON_MAX);
	struct request request;

	write_request(config, &text);
	if (text.failed)
		return reply_fail(error, ERROR_RESOURCE_EXHAUSTED, "the arguments are too long");
	return request_decode((const char *)text.data, text.len, &request, error) && handle_exec_begin(agent, &request.as.exec, error);
}

/* Frees the ended exec of the last start. False: it has not ended, or a reader still reads it; the start is tried again. */
static bool make_room(struct agent *agent)
{
	struct exec *before = exec_find(agent, ENTRYPOINT_ID);

	if (!before)
		return true;
	if (before->state != EXEC_ENDED || before->readers)
		return false;
	agent->execs_ended--;
	exec_free(before);
	return true;
}

static void try_to_start(struct agent *agent)
{
	static struct config_config config;
	struct entrypoint *main = &agent->config->entrypoint;
	struct reply error = { 0 };

	if (agent->stopping)
		return;
	/* While quiesced the guest starts no program. */
	if (agent->still || !make_room(agent)) {
		wait_for_next(agent, LIMIT_MAIN_FIRST_US);
		return;
	}
	main->state = ENTRYPOINT_RUNNING;
	main->starts++;
	if (decode(agent, &config) && start(agent, &config, &error)) {
		main->problem[0] = '\0';
	} else {
		fmt_text(main->problem, sizeof(main->problem), "%s", error.message);
		log_line("%s cannot be started: %s", ENTRYPOINT_ID, error.message);
		main->state = ENTRYPOINT_OVER;
	}
	configuration_keep(agent);
}

static void on_again(struct timer *timer)
{
	try_to_start(container_of(timer, struct config, entrypoint.again)->agent);
}

static unsigned int status_of(const struct exec_record *record)
{
	if (record->cause == EXEC_START_FAILED)
		return record->error_number == ENOENT ? 127 : 126;
	/* The exit status is unknown, so it counts as a failure. */
	if (record->cause == EXEC_LOST)
		return STATUS_LOST;
	return record->by_signal ? 128 + (unsigned int)record->signal : (unsigned int)record->code;
}

static void tell_end(const struct exec_record *record, unsigned int status)
{
	const char *name = record->by_signal ? signame(record->signal) : NULL;

	if (record->cause == EXEC_START_FAILED)
		log_line("%s cannot be started: %s", ENTRYPOINT_ID, strerror(record->error_number));
	else if (record->by_signal)
		log_line("%s was ended by %s", ENTRYPOINT_ID, name ? name : "a signal");
	else if (record->cause == EXEC_LOST)
		log_line("%s was lost with the agent that started it", ENTRYPOINT_ID);
	else
		log_line("%s exited with %u", ENTRYPOINT_ID, status);
}

static void end_guest(struct agent *agent, unsigned int on_end, unsigned int status)
{
	const struct lifeline_power power = { .grace_ms = LIMIT_MAIN_GRACE_MS, .status = status };

	if (on_end == ON_END_NOTHING || agent->stopping)
		return;
	if (fdstore_tell(agent, on_end == ON_END_REBOOT ? LIFELINE_REBOOT : LIFELINE_POWEROFF, &power, sizeof(power)) < 0)
		log_line("pith-init cannot be told that %s has ended", ENTRYPOINT_ID);
}

/* The restart delay: 100 ms, doubled for each short life, at most 30 s; after a life of 10 s it is 100 ms again. */
static int64_t back_off(struct entrypoint *main, uint64_t lived_us)
{
	int64_t delay = LIMIT_MAIN_FIRST_US;

	main->failures = lived_us >= LIMIT_MAIN_SETTLED_US ? 0 : main->failures + 1;
	for (uint64_t i = 1; i < main->failures && delay < LIMIT_MAIN_LAST_US; i++)
		delay *= 2;
	return delay < LIMIT_MAIN_LAST_US ? delay : LIMIT_MAIN_LAST_US;
}

void entrypoint_ended(struct exec *e)
{
	static struct config_config config;
	struct agent *agent = e->agent;
	struct entrypoint *main = &agent->config->entrypoint;
	bool again;

	if (main->state != ENTRYPOINT_RUNNING || strcmp(e->id, ENTRYPOINT_ID) != 0)
		return;
	main->status = status_of(&e->record);
	tell_end(&e->record, main->status);
	if (agent->stopping || !decode(agent, &config)) {
		main->state = ENTRYPOINT_OVER;
		return;
	}
	/* A host that killed `main` by request wants no restart. */
	again = e->record.cause != EXEC_KILLED &&
		(config.f_restart == RESTART_ALWAYS || (config.f_restart == RESTART_ON_FAILURE && main->status != 0));
	if (again) {
		/* Processes that are left would be in the way of the next start. */
		exec_kill_tree(e);
		wait_for_next(agent, back_off(main, e->record.wall_us));
	} else {
		main->state = ENTRYPOINT_OVER;
		end_guest(agent, config.f_on_end, main->status);
	}
	configuration_keep(agent);
}

void entrypoint_consider(struct agent *agent, bool asked)
{
	static struct config_config config;
	struct entrypoint *main = &agent->config->entrypoint;

	main->again.fn = on_again;
	if (main->state != ENTRYPOINT_NONE && !(main->state == ENTRYPOINT_OVER && asked))
		return;
	if (configuration_lacks_user(agent)) {
		log_line("%s is not started: the image's configuration was not taken, so its user is not known", ENTRYPOINT_ID);
		return;
	}
	if (!decode(agent, &config) || !config.f_start || config.f_entrypoint.count + config.f_cmd.count == 0)
		return;
	if (agent->root_failed) {
		fmt_text(main->problem, sizeof(main->problem), "the guest is not in its root: %s", agent->root_failed);
		return;
	}
	main->failures = 0;
	try_to_start(agent);
}

void entrypoint_restore(struct agent *agent)
{
	struct entrypoint *main = &agent->config->entrypoint;
	struct exec *e = exec_find(agent, ENTRYPOINT_ID);

	main->again.fn = on_again;
	if (main->state == ENTRYPOINT_WAITING)
		wait_for_next(agent, LIMIT_MAIN_FIRST_US);
	else if (main->state == ENTRYPOINT_RUNNING && e && e->state == EXEC_ENDED)
		entrypoint_ended(e);
	else if (main->state == ENTRYPOINT_RUNNING && !e)
		log_line("the state of %s is not known", ENTRYPOINT_ID);
}

void entrypoint_stop(struct agent *agent)
{
	static struct config_config config;
	struct exec *e = exec_find(agent, ENTRYPOINT_ID);

	loop_timer_clear(&agent->loop, &agent->config->entrypoint.again);
	if (agent->config->entrypoint.state == ENTRYPOINT_RUNNING && e && decode(agent, &config) && config.f_stop_signal)
		exec_signal(e, signame_parse(config.f_stop_signal));
}

void entrypoint_write(const struct agent *agent, struct buf *b)
{
	const struct entrypoint *main = &agent->config->entrypoint;
	bool lacks_user = main->state != ENTRYPOINT_RUNNING && configuration_lacks_user(agent);

	if (main->state == ENTRYPOINT_NONE && !main->problem[0] && !lacks_user)
		return;
	jsonw_object(b, "main");
	jsonw_string(b, "state", state_names[main->state]);
	jsonw_count(b, "starts", main->starts);
	if (main->state == ENTRYPOINT_WAITING || main->state == ENTRYPOINT_OVER)
		jsonw_count(b, "status", main->status);
	if (lacks_user)
		jsonw_string(b, "problem", "the image's configuration was not taken, so its user is not known");
	else if (main->problem[0])
		jsonw_string(b, "problem", main->problem);
	jsonw_object_end(b);
}
