/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings the guest's network and names to the state of a document. Interfaces that the document names are set in full;
 * other interfaces are left alone. docs/guide/network.md has the meaning of each key. Blocking calls, for a job.
 */
#pragma once

#include "agent/protocol/config.h"

struct change_report;

/* The values of interface.kind, as in config.def. */
enum network_kind {
	NETWORK_KIND_EXISTING,
	NETWORK_KIND_DUMMY,
	NETWORK_KIND_VLAN,
};

/* A NULL member leaves its part of the network alone. */
struct network_plan {
	const struct config_network *network;
	const char *hostname;
	const struct pair_list *hosts;
	const struct config_dns *dns;
};

/* Checks the plan without a look at the kernel. False: *error names the key. Pure. */
bool network_check(const struct network_plan *plan, struct reply *error);

/* Changes what differs from the plan. A failure is reported with its key, and the other steps go on. */
void network_apply(const struct network_plan *plan, struct change_report *report);

/* Writes the members of the reply to network_get to fd. 0 or -errno. For a job. */
int network_tell(int fd);
