/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/network/network_check.c agent/network/network_parse.c agent/network/identity_text.c agent/network/sysctl.c agent/protocol/config.c agent/protocol/schema.c agent/protocol/json.c */
/* links: agent/protocol/jsonw.c agent/protocol/reply.c common/netlink/netaddr.c common/edit_distance.c common/json_scan.c common/name.c common/buf.c common/io.c */
/* links: common/fmt.c CJSON */
/*
 * The input is the fields of network_set. Properties: what passes the check can be done without another look: its addresses and
 * routes are read again, its texts fit and hold no line that was not given; what does not is told with the path of its key.
 */
#include "agent/network/network.h"

#include <string.h>

#include "agent/network/identity_text.h"
#include "agent/network/network_parse.h"
#include "agent/network/sysctl.h"
#include "agent/protocol/json.h"
#include "tests/fuzz/fuzz.h"

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		count++;
	return count;
}

static void check_interface(const struct config_interface *interface)
{
	struct netaddr address;
	struct net_route route;
	const char *key;

	FUZZ_CHECK(!strchr(interface->f_name, '/') && strcmp(interface->f_name, "..") != 0);
	for (size_t k = 0; k < interface->f_addresses.count; k++)
		FUZZ_CHECK(netaddr_parse_prefix(interface->f_addresses.item[k], &address));
	for (size_t k = 0; k < interface->f_routes.count; k++) {
		FUZZ_CHECK(!network_route_parse(&interface->f_routes.item[k], &route, &key));
		FUZZ_CHECK(netaddr_is_network(&route.to));
		FUZZ_CHECK(!route.via.family || route.via.family == route.to.family);
		FUZZ_REACHED("a good route");
	}
}

static void check_good(const struct network_plan *plan)
{
	static char text[IDENTITY_TEXT_MAX];

	if (plan->network) {
		for (size_t i = 0; i < plan->network->f_interfaces.count; i++)
			check_interface(&plan->network->f_interfaces.item[i]);
		for (size_t i = 0; i < plan->network->f_sysctls.count; i++) {
			FUZZ_CHECK(sysctl_is_below(plan->network->f_sysctls.key[i], "net"));
			FUZZ_CHECK(!strstr(plan->network->f_sysctls.key[i], "/../"));
		}
	}
	if (plan->hosts && identity_hosts_text(plan->hosts, "box", text, sizeof(text)) == 0) {
		FUZZ_REACHED("a good hosts file");
		FUZZ_CHECK(count_lines(text) - 2 - plan->hosts->count <= 1);
	}
	if (plan->dns && identity_dns_text(plan->dns, text, sizeof(text)) == 0) {
		FUZZ_REACHED("a good file of the resolver");
		FUZZ_CHECK(count_lines(text) <= plan->dns->f_servers.count + 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_config config;
	struct reply reply = { 0 };
	struct network_plan plan;
	const struct cJSON *tree;
	const char *problem;

	if (!json_parse((const char *)data, size, &tree, &problem) ||
	    !schema_decode(tree, &config_tables[CONFIG_config], "", &config, &reply))
		return 0;
	plan = (struct network_plan){
		.network = config.f_network,
		.hostname = config.f_hostname,
		.hosts = config.f_hosts.key ? &config.f_hosts : NULL,
		.dns = config.f_dns,
	};
	if (network_check(&plan, &reply)) {
		FUZZ_CHECK(!reply.failed);
		check_good(&plan);
		return 0;
	}
	FUZZ_REACHED("a document that is refused");
	FUZZ_CHECK(reply.failed && reply.code == ERROR_INVALID_ARGUMENT && reply.field && reply.field[0]);
	FUZZ_CHECK(strncmp(reply.message, reply.field, strlen(reply.field)) == 0);
	return 0;
}
