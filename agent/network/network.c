/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the order of the steps of a network: links, addresses, up, routes, neighbours, sysctls; then the guest's names
 * and resolver.
 *
 * Never: runs in the agent's own process, stops at the first failure.
 */
#include "agent/network/network.h"

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "agent/network/identity.h"
#include "agent/network/network_address.h"
#include "agent/network/network_link.h"
#include "agent/network/network_route.h"
#include "agent/network/network_steps.h"
#include "agent/network/sysctl.h"
#include "common/fmt.h"

static void tell(struct change_report *report, const char *path, int r, bool changed, const char *what)
{
	if (r < 0)
		change_report_failed(report, path, -r, what, "");
	else if (changed)
		change_report_changed(report, path, "%s", what);
}

/* Off unless the document asks for them: a router would add addresses and routes that the document does not have. */
static void set_router_advertisements(struct network_work *work)
{
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const struct config_interface *interface = &work->interfaces->item[i];
		char key[64], path[CHANGE_REPORT_PATH_SIZE];
		bool changed;
		int r;

		if (!work->index[i] || strcmp(interface->f_name, "lo") == 0)
			continue;
		fmt_text(key, sizeof(key), "net/ipv6/conf/%s/accept_ra", interface->f_name);
		fmt_text(path, sizeof(path), "network.interfaces[%zu].accept_ra", i);
		r = sysctl_set(key, interface->f_accept_ra ? "1" : "0", &changed);
		/* ENOENT: a kernel without IPv6, or an interface whose MTU is too small for IPv6, accepts no router advertisements. */
		if (r == -ENOENT && !interface->f_accept_ra)
			continue;
		tell(work->report, path, r, changed, "router advertisements");
	}
}

static void set_sysctls(const struct pair_list *sysctls, struct change_report *report)
{
	for (size_t i = 0; i < sysctls->count; i++) {
		char path[CHANGE_REPORT_PATH_SIZE];
		bool changed;
		int r = sysctl_set(sysctls->key[i], sysctls->value[i], &changed);

		fmt_text(path, sizeof(path), "network.sysctls.%s", sysctls->key[i]);
		tell(report, path, r, changed, sysctls->key[i]);
	}
}

static void apply_network(const struct config_network *network, struct change_report *report)
{
	static struct network_work work;
	int r = netlink_open(&work.nl, NETLINK_ROUTE);

	if (r < 0) {
		change_report_failed(report, "network", -r, "netlink", "");
		return;
	}
	work.report = report;
	work.interfaces = &network->f_interfaces;
	work.links_are_read = false;
	work.out = (struct netlink_out)NETLINK_OUT(work.buffer);
	if (network->f_none) {
		network_links_down(&work);
		network_addresses_flush(&work);
	} else {
		network_links_set(&work);
		set_router_advertisements(&work);
		network_addresses_set(&work);
		network_links_switch(&work);
		network_routes_set(&work);
		network_neighbours_set(&work);
	}
	netlink_close(&work.nl);
	set_sysctls(&network->f_sysctls, report);
}

void network_apply(const struct network_plan *plan, struct change_report *report)
{
	bool changed = false;
	int r;

	if (plan->network)
		apply_network(plan->network, report);
	if (plan->hostname) {
		r = identity_set_hostname(plan->hostname, &changed);
		tell(report, "hostname", r, changed, plan->hostname);
	}
	if (plan->hosts) {
		r = identity_set_hosts(plan->hosts, &changed);
		tell(report, "hosts", r, changed, "/etc/hosts");
	}
	if (plan->dns) {
		r = identity_set_dns(plan->dns, &changed);
		tell(report, "dns", r, changed, "/etc/resolv.conf");
	}
}
