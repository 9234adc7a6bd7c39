/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's network and names, made what a document says: of the interfaces that it names everything, of the others nothing.
 * docs/guide/network.md tells what that means. Plain blocking code, for a job.
 */
#pragma once

#include "agent/protocol/config.h"

struct change_report;

/* The words of interface.kind in config.def. */
enum network_kind {
	NETWORK_KIND_EXISTING,
	NETWORK_KIND_DUMMY,
	NETWORK_KIND_VLAN,
};

/* What is NULL is left alone. */
struct network_plan {
	const struct config_network *network;
	const char *hostname;
	const struct pair_list *hosts;
	const struct config_dns *dns;
};

/* Can it be meant? False: *error names the key. Pure. */
bool network_check(const struct network_plan *plan, struct reply *error);

/* Does what of it is not so already; what fails is told with its key, and the rest goes on. */
void network_apply(const struct network_plan *plan, struct change_report *report);

/* Members of the answer to network_get, for fd. 0 or -errno. In a job. */
int network_tell(int fd);
