/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests network_set and network_get. Never: makes a netlink call in the agent's own process; jobs do. */
#include "agent/network/network.h"
#include "agent/protocol/change_report.h"
#include "agent/server/dispatch.h"
#include "agent/server/job_op.h"

/* A netlink read takes the kernel's lock of the network, which another process may hold for seconds. */
#define GET_TIMEOUT_MS 10000

static int run_set(void *arg, int out_fd)
{
	struct change_report report;

	change_report_init(&report);
	network_apply(arg, &report);
	return change_report_send(&report, out_fd);
}

static int run_get(void *arg, int out_fd)
{
	(void)arg;
	return network_tell(out_fd);
}

enum handled handle_network_set(struct conn *c, const struct request_network_set *request, struct reply *reply)
{
	struct config_network network = { 0 };
	struct config_dns dns = { 0 };
	/* The job is a copy of the agent, made before this function returns, so the job may use this function's stack. */
	struct network_plan plan = {
		.network = request->f_network ? &network : NULL,
		.hostname = request->f_hostname,
		.hosts = request->f_hosts.key ? &request->f_hosts : NULL,
		.dns = request->f_dns ? &dns : NULL,
	};
	struct job_op_spec spec = {
		.job = { .name = "network_set", .run = run_set, .arg = &plan, .timeout_ms = request->f_timeout_ms },
		.when_gone = JOB_OP_GOES_ON,
	};

	if ((plan.network && !schema_decode(request->f_network, &config_tables[CONFIG_network], "network", &network, reply)) ||
	    (plan.dns && !schema_decode(request->f_dns, &config_tables[CONFIG_dns], "dns", &dns, reply)) || !network_check(&plan, reply))
		return HANDLED_NOW;
	return job_op_start(c, &spec, reply);
}

enum handled handle_network_get(struct conn *c, const struct request_network_get *request, struct reply *reply)
{
	const struct job_op_spec spec = {
		.job = { .name = "network_get", .run = run_get, .timeout_ms = GET_TIMEOUT_MS },
		.when_gone = JOB_OP_STOPS,
	};

	(void)request;
	return job_op_start(c, &spec, reply);
}
