/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests auth, configure and configuration. Never: shows a secret. */
#include <string.h>

#include "agent/config/configuration.h"
#include "agent/config/configure.h"
#include "agent/config/entrypoint.h"
#include "agent/core/agent.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/dispatch.h"
#include "agent/server/token.h"
#include "common/fmt.h"

/* Compares in a time that does not depend on the first difference. */
static bool is_same(const char *given, const char *token)
{
	unsigned int difference = 0;
	size_t len = strlen(given);

	for (size_t i = 0; i < CONFIG_TOKEN_SIZE; i++)
		difference |= (unsigned char)token[i] ^ (unsigned char)(i < len ? given[i] : 0);
	return difference == 0;
}

enum handled handle_auth(struct conn *c, const struct request_auth *request, struct reply *reply)
{
	char token[CONFIG_TOKEN_SIZE] = "";

	fmt_text(token, sizeof(token), "%s", c->agent->config->configuration.token);
	if (!token[0] || is_same(request->f_token, token))
		token_given(c);
	else
		reply_fail(reply, ERROR_PERMISSION_DENIED, "this is not the token of this guest");
	return HANDLED_NOW;
}

enum handled handle_configure(struct conn *c, const struct request_configure *request, struct reply *reply)
{
	struct buf todo;

	if (!configuration_take(c->agent, request->f_config, request->f_replace, &todo, reply))
		return HANDLED_NOW;
	/* Who sets a token has it. */
	token_given(c);
	return configure_start(c, &todo, reply);
}

enum handled handle_configuration(struct conn *c, const struct request_configuration *request, struct reply *reply)
{
	const struct agent *agent = c->agent;

	(void)request;
	configuration_write(agent, reply->result);
	jsonw_bool(reply->result, "busy", agent->configuring);
	jsonw_array(reply->result, "boot_steps");
	jsonw_members(reply->result, agent->config->steps.data, agent->config->steps.len);
	jsonw_array_end(reply->result);
	jsonw_count(reply->result, "boot_failed", agent->configuration_failed);
	entrypoint_write(agent, reply->result);
	return HANDLED_NOW;
}
