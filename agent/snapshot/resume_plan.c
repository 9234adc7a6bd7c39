/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the decoding of a resume request, for the check before the first step and for each step. Never: acts on the request. */
#include "agent/snapshot/resume_plan.h"

#include "agent/core/agent.h"
#include "agent/mounts/mounting.h"
#include "agent/network/network.h"
#include "agent/snapshot/quiesce.h"

bool resume_plan_decode(const struct agent *agent, struct request *ret)
{
	const struct buf *text = &agent->snapshot->quiesce.resume.request;
	struct reply unused = { 0 };

	return request_decode((const char *)text->data, text->len, ret, &unused);
}

bool resume_plan_network(const struct request_resume *request, struct resume_network *ret, struct reply *reply)
{
	ret->plan = (struct network_plan){
		.network = request->f_network ? &ret->network : NULL,
		.hosts = request->f_hosts.key ? &request->f_hosts : NULL,
		.dns = request->f_dns ? &ret->dns : NULL,
	};
	return (!request->f_network ||
		schema_decode(request->f_network, &config_tables[CONFIG_network], "network", &ret->network, reply)) &&
	       (!request->f_dns || schema_decode(request->f_dns, &config_tables[CONFIG_dns], "dns", &ret->dns, reply)) &&
	       network_check(&ret->plan, reply);
}

bool resume_plan_mounts(const struct request_resume *request, struct config_mount_list *ret, struct reply *reply)
{
	struct object_list list;

	if (!schema_decode_list(request->f_mounts, &config_tables[CONFIG_mount], "mounts", &list, reply))
		return false;
	*ret = (struct config_mount_list){ list.count, list.item };
	for (size_t i = 0; i < ret->count; i++) {
		const char *key, *problem = mounting_check(&ret->item[i], &key);

		if (problem)
			return reply_fail_field(reply, "mounts", "mounts[%zu].%s: %s", i, key, problem);
	}
	return true;
}
