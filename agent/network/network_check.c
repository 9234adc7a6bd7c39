/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the checks of a network document beyond the types of its keys.
 *
 * Never: asks the kernel; an error that only the kernel can find is reported by the step.
 */
#include "agent/network/network.h"

#include <string.h>

#include "agent/network/identity_text.h"
#include "agent/network/network_parse.h"
#include "agent/network/sysctl.h"
#include "common/fmt.h"
#include "common/netlink/netaddr.h"

#define PATH_SIZE 96

/* The path of the key in *error: valid until the next error. */
static char path[PATH_SIZE];

static bool fail(struct reply *error, const char *why)
{
	return reply_fail_field(error, path, "%s: %s", path, why);
}

static void at_interface(size_t i, const char *key)
{
	fmt_text(path, sizeof(path), "network.interfaces[%zu].%s", i, key);
}

static void at_item(size_t i, const char *list, size_t k, const char *key)
{
	fmt_text(path, sizeof(path), "network.interfaces[%zu].%s[%zu]%s", i, list, k, key);
}

/* A name that the kernel accepts, and that is no other directory of /proc/sys/net. */
static bool is_interface_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '/' || *p == ':' || (unsigned char)*p >= 0x7f)
			return false;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "all") != 0 && strcmp(name, "default") != 0;
}

/* Bit 0 of the first byte marks a group address. */
static bool is_own_mac(const char *text)
{
	static const uint8_t zeros[NETADDR_MAC_SIZE];
	uint8_t mac[NETADDR_MAC_SIZE];

	return netaddr_parse_mac(text, mac) && !(mac[0] & 1) && memcmp(mac, zeros, sizeof(mac)) != 0;
}

static bool check_mac(size_t i, const char *key, const char *mac, struct reply *error)
{
	at_interface(i, key);
	return !mac || is_own_mac(mac) || fail(error, "is no MAC address of one interface");
}

static bool check_kind(const struct config_interface *interface, size_t i, struct reply *error)
{
	bool is_vlan = interface->f_kind == NETWORK_KIND_VLAN;

	at_interface(i, "parent");
	if (is_vlan && (!interface->f_parent || !is_interface_name(interface->f_parent)))
		return fail(error, "must name the VLAN's parent interface");
	if (!is_vlan && interface->f_parent)
		return fail(error, "needs the kind vlan");
	at_interface(i, "vlan_id");
	if (is_vlan && !interface->f_vlan_id)
		return fail(error, "missing");
	if (!is_vlan && interface->f_vlan_id)
		return fail(error, "needs the kind vlan");
	at_interface(i, interface->f_match_mac ? "match_mac" : "match_index");
	if (interface->f_match_mac && interface->f_match_index)
		return fail(error, "match_mac and match_index exclude each other");
	if (interface->f_kind != NETWORK_KIND_EXISTING && (interface->f_match_mac || interface->f_match_index))
		return fail(error, "is for an existing interface; an interface that is made has only a name");
	return true;
}

static bool check_addresses(const struct string_list *addresses, size_t i, struct reply *error)
{
	for (size_t k = 0; k < addresses->count; k++) {
		struct netaddr address, other;

		at_item(i, "addresses", k, "");
		if (!netaddr_parse_prefix(addresses->item[k], &address))
			return fail(error, "is no address with a prefix, like 10.0.0.2/24");
		for (size_t j = 0; j < k; j++)
			if (netaddr_parse_prefix(addresses->item[j], &other) && netaddr_is_equal(&address, &other))
				return fail(error, "is the address of an earlier item");
	}
	return true;
}

static bool check_routes(const struct config_route_list *routes, size_t i, struct reply *error)
{
	for (size_t k = 0; k < routes->count; k++) {
		struct net_route route;
		const char *key, *why = network_route_parse(&routes->item[k], &route, &key);

		at_item(i, "routes", k, key);
		if (why)
			return fail(error, why);
	}
	return true;
}

static bool check_neighbours(const struct config_neighbour_list *neighbours, size_t i, struct reply *error)
{
	for (size_t k = 0; k < neighbours->count; k++) {
		struct netaddr address;
		uint8_t mac[NETADDR_MAC_SIZE];

		at_item(i, "neighbours", k, ".address");
		if (!netaddr_parse(neighbours->item[k].f_address, &address))
			return fail(error, "is no address");
		at_item(i, "neighbours", k, ".mac");
		if (!netaddr_parse_mac(neighbours->item[k].f_mac, mac))
			return fail(error, "is no MAC address");
	}
	return true;
}

static bool check_interface(const struct config_network *network, size_t i, struct reply *error)
{
	const struct config_interface *interface = &network->f_interfaces.item[i];

	at_interface(i, "name");
	if (!is_interface_name(interface->f_name))
		return fail(error, "is no name for an interface");
	for (size_t k = 0; k < i; k++)
		if (strcmp(network->f_interfaces.item[k].f_name, interface->f_name) == 0)
			return fail(error, "is the name of an earlier interface");
	return check_mac(i, "match_mac", interface->f_match_mac, error) && check_mac(i, "mac", interface->f_mac, error) &&
	       check_kind(interface, i, error) && check_addresses(&interface->f_addresses, i, error) &&
	       check_routes(&interface->f_routes, i, error) && check_neighbours(&interface->f_neighbours, i, error);
}

static bool check_network(const struct config_network *network, struct reply *error)
{
	fmt_text(path, sizeof(path), "network.interfaces");
	if (network->f_none && network->f_interfaces.count)
		return fail(error, "not together with network.none");
	for (size_t i = 0; i < network->f_interfaces.count; i++)
		if (!check_interface(network, i, error))
			return false;
	for (size_t i = 0; i < network->f_sysctls.count; i++) {
		const char *key = network->f_sysctls.key[i], *why = sysctl_check(key);

		fmt_text(path, sizeof(path), "network.sysctls.%s", key);
		if (why)
			return fail(error, why);
		if (!sysctl_is_below(key, "net"))
			return fail(error, "is not below net");
	}
	return true;
}

static bool check_words(const struct string_list *words, const char *list, const char *(*check)(const char *), struct reply *error)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *why = check(words->item[i]);

		fmt_text(path, sizeof(path), "dns.%s[%zu]", list, i);
		if (why)
			return fail(error, why);
	}
	return true;
}

static bool check_hosts(const struct pair_list *hosts, struct reply *error)
{
	for (size_t i = 0; i < hosts->count; i++) {
		const char *why = identity_check_hosts_address(hosts->key[i]);

		fmt_text(path, sizeof(path), "hosts.%.64s", hosts->key[i]);
		if (!why)
			why = identity_check_hosts_names(hosts->value[i]);
		if (why)
			return fail(error, why);
	}
	return true;
}

bool network_check(const struct network_plan *plan, struct reply *error)
{
	const char *why = plan->hostname ? identity_check_hostname(plan->hostname) : NULL;

	fmt_text(path, sizeof(path), "hostname");
	if (why)
		return fail(error, why);
	if (plan->network && !check_network(plan->network, error))
		return false;
	if (plan->hosts && !check_hosts(plan->hosts, error))
		return false;
	return !plan->dns || (check_words(&plan->dns->f_servers, "servers", identity_check_server, error) &&
			      check_words(&plan->dns->f_search, "search", identity_check_search, error) &&
			      check_words(&plan->dns->f_options, "options", identity_check_option, error));
}
