/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests configure and configuration. Never: shows a secret. */
#include "agent.h"
#include "configure.h"
#include "dispatch.h"
#include "jsonw.h"

enum handled handle_configure(struct conn *c, const struct request_configure *request, struct reply *reply)
{
	struct buf todo;

	if (!configuration_take(c->agent, request->f_config, request->f_replace, &todo, reply))
		return HANDLED_NOW;
	return configure_start(c, &todo, reply);
}

enum handled handle_configuration(struct conn *c, const struct request_configuration *request, struct reply *reply)
{
	const struct agent *agent = c->agent;

	(void)request;
	configuration_write(agent, reply->result);
	jsonw_bool(reply->result, "busy", configure_is_busy(agent));
	jsonw_array(reply->result, "boot_steps");
	jsonw_members(reply->result, agent->config_steps.data, agent->config_steps.len);
	jsonw_array_end(reply->result);
	jsonw_count(reply->result, "boot_failed", agent->config_failed);
	entrypoint_write(agent, reply->result);
	return HANDLED_NOW;
}
