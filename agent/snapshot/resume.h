/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of resume share (quiesce.h has the whole). */
#pragma once

#include <stdbool.h>

#include "agent/network/network.h"
#include "agent/protocol/config.h"
#include "agent/protocol/request.h"

struct agent;

/* The request, again: what it says lives until the next json_parse(). */
bool resume_decode(const struct agent *agent, struct request *ret);

struct resume_network {
	struct network_plan plan;	/* points to the two */
	struct config_network network;
	struct config_dns dns;
};

/* What it says of the network, if it can be meant; else *reply names the key. */
bool resume_plan_network(const struct request_resume *request, struct resume_network *ret, struct reply *reply);

/* The mounts it asks for, if they can be meant; else *reply names the key. They live as long as the request. */
bool resume_decode_mounts(const struct request_resume *request, struct config_mount_list *ret, struct reply *reply);

/* Connections to elsewhere, in a job. */
int resume_step_sockets(void *data);
/* Names and addresses, in a job: some steps in one, each with a name. */
int resume_step_identity(void *data);
bool resume_is_identity(const char *name);
/* What is to be mounted, a job for each. */
int resume_step_mounts(void *data);
/* Ends the job of any of them. */
void resume_stop_job(void *data);
