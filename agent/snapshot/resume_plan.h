/* SPDX-License-Identifier: Apache-2.0 */
/* The network and the mounts of a resume request. */
#pragma once

#include <stdbool.h>

#include "agent/network/network.h"
#include "agent/protocol/config.h"
#include "agent/protocol/request.h"

struct agent;

/* Decodes the request again: its values live until the next json_parse(). */
bool resume_plan_decode(const struct agent *agent, struct request *ret);

struct resume_network {
	struct network_plan plan;	/* points to the two members above */
	struct config_network network;
	struct config_dns dns;
};

/* Decodes and checks the network. False: *reply names the key. */
bool resume_plan_network(const struct request_resume *request, struct resume_network *ret, struct reply *reply);

/* Decodes and checks the mounts, which live as long as the request. False: *reply names the key. */
bool resume_plan_mounts(const struct request_resume *request, struct config_mount_list *ret, struct reply *reply);
