/* SPDX-License-Identifier: Apache-2.0 */
/* What a resume is to do, out of its request. */
#pragma once

#include <stdbool.h>

#include "agent/network/network.h"
#include "agent/protocol/config.h"
#include "agent/protocol/request.h"

struct agent;

/* The request, again: what it says lives until the next json_parse(). */
bool resume_plan_decode(const struct agent *agent, struct request *ret);

struct resume_network {
	struct network_plan plan;	/* points to the two */
	struct config_network network;
	struct config_dns dns;
};

/* What it says of the network, if it can be meant; else *reply names the key. */
bool resume_plan_network(const struct request_resume *request, struct resume_network *ret, struct reply *reply);

/* The mounts it asks for, if they can be meant; else *reply names the key. They live as long as the request. */
bool resume_plan_mounts(const struct request_resume *request, struct config_mount_list *ret, struct reply *reply);
