/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the version of the token, against which each connection is checked. Never: knows the token itself. */
#include "agent/server/token.h"

#include "agent/core/agent.h"
#include "agent/server/conn.h"
#include "agent/server/server.h"

bool token_is_satisfied(const struct conn *c)
{
	const struct server *s = c->agent->server;

	return !s->asks_token || c->inside || c->token_version == atomic_load(s->token_version);
}

void token_given(struct conn *c)
{
	c->token_version = atomic_load(c->agent->server->token_version);
}

void token_changed(struct agent *agent, bool asks)
{
	agent->server->asks_token = asks;
	atomic_fetch_add(agent->server->token_version, 1);
}
