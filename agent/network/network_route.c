/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the difference between the kernel's routes and neighbours and the plan's; of routes the main table only.
 *
 * Never: removes routes that the kernel makes for addresses (protocol "kernel"), or by router advertisements where
 * these are accepted.
 */
#include "agent/network/network_route.h"

#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "agent/network/network_parse.h"
#include "agent/network/network_steps.h"
#include "common/fmt.h"

static bool is_same(const struct net_route *a, const struct net_route *b)
{
	return netaddr_is_equal(&a->to, &b->to) && netaddr_is_equal(&a->via, &b->via) && netaddr_is_equal(&a->source, &b->source) &&
	       a->metric == b->metric && a->on_link == b->on_link;
}

static bool is_wanted(const struct config_interface *interface, const struct net_route *route)
{
	for (size_t k = 0; k < interface->f_routes.count; k++) {
		struct net_route wanted;
		const char *key;

		if (!network_route_parse(&interface->f_routes.item[k], &wanted, &key) && is_same(&wanted, route))
			return true;
	}
	return false;
}

static bool is_there(const struct network_work *work, int index, const struct net_route *wanted)
{
	NETSTATE_EACH(net_route, route, &work->now.routes)
		if (route->index == index && route->type == RTN_UNICAST && is_same(route, wanted))
			return true;
	return false;
}

static void build(struct network_work *work, uint16_t type, uint16_t flags, int index, const struct net_route *route)
{
	const struct rtmsg info = {
		.rtm_family = route->to.family,
		.rtm_dst_len = route->to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_type = RTN_UNICAST,
		.rtm_protocol = type == RTM_NEWROUTE ? RTPROT_STATIC : RTPROT_UNSPEC,
		.rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE
			     : route->to.family == AF_INET && !route->via.family ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_flags = route->on_link ? RTNH_F_ONLINK : 0,
	};

	netlink_begin(&work->out, type, flags, &info, sizeof(info));
	if (route->to.prefix)
		netlink_put(&work->out, RTA_DST, route->to.bytes, netaddr_len(&route->to));
	if (route->via.family)
		netlink_put(&work->out, RTA_GATEWAY, route->via.bytes, netaddr_len(&route->via));
	if (route->source.family)
		netlink_put(&work->out, RTA_PREFSRC, route->source.bytes, netaddr_len(&route->source));
	if (route->metric)
		netlink_put_u32(&work->out, RTA_PRIORITY, route->metric);
	netlink_put_u32(&work->out, RTA_OIF, (uint32_t)index);
}

static bool is_kernels(const struct config_interface *interface, const struct net_route *route)
{
	return route->type != RTN_UNICAST || route->protocol == RTPROT_KERNEL ||
	       (route->protocol == RTPROT_RA && interface->f_accept_ra);
}

static void remove_unwanted(struct network_work *work)
{
	NETSTATE_EACH(net_route, route, &work->now.routes) {
		int i = network_interface_of(work, route->index);
		const struct config_interface *interface = i < 0 ? NULL : &work->interfaces->item[i];
		char text[NETADDR_TEXT_SIZE];

		if (!interface || is_kernels(interface, route) || is_wanted(interface, route))
			continue;
		netaddr_format(&route->to, true, text);
		network_step(work, STEP_REMOVE, (size_t)i, "routes", "%s loses the route to %s", interface->f_name, text);
		build(work, RTM_DELROUTE, 0, route->index, route);
	}
	network_flush(work);
}

/* Routes without a gateway come first: the gateways of the others are reached through them. */
static void add_wanted(struct network_work *work, size_t i, bool with_gateway)
{
	const struct config_interface *interface = &work->interfaces->item[i];

	for (size_t k = 0; k < interface->f_routes.count; k++) {
		struct net_route wanted;
		const char *unused;
		char key[32];

		if (network_route_parse(&interface->f_routes.item[k], &wanted, &unused) || (wanted.via.family != 0) != with_gateway ||
		    is_there(work, work->index[i], &wanted))
			continue;
		fmt_text(key, sizeof(key), "routes[%zu]", k);
		network_step(work, STEP_CHANGE, i, key, "%s has the route to %s", interface->f_name, interface->f_routes.item[k].f_to);
		build(work, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, work->index[i], &wanted);
	}
}

void network_routes_set(struct network_work *work)
{
	int r = netstate_routes(&work->nl, &work->now);

	if (r < 0) {
		change_report_failed(work->report, "network.interfaces", -r, "reading the routes", "");
		return;
	}
	remove_unwanted(work);
	for (int with_gateway = 0; with_gateway < 2; with_gateway++)
		for (size_t i = 0; i < work->interfaces->count; i++)
			if (work->index[i])
				add_wanted(work, i, with_gateway);
	network_flush(work);
}

static bool is_neighbour_wanted(const struct config_interface *interface, const struct net_neighbour *neighbour)
{
	for (size_t k = 0; k < interface->f_neighbours.count; k++) {
		struct netaddr address;
		uint8_t mac[NETADDR_MAC_SIZE];

		if (netaddr_parse(interface->f_neighbours.item[k].f_address, &address) &&
		    netaddr_parse_mac(interface->f_neighbours.item[k].f_mac, mac) &&
		    netaddr_is_equal(&address, &neighbour->address) && neighbour->has_mac && memcmp(mac, neighbour->mac, sizeof(mac)) == 0)
			return true;
	}
	return false;
}

static void build_neighbour(struct network_work *work, uint16_t type, uint16_t flags, int index, const struct netaddr *address,
			    const uint8_t *mac)
{
	const struct ndmsg info = { .ndm_family = address->family, .ndm_ifindex = index, .ndm_state = NUD_PERMANENT };

	netlink_begin(&work->out, type, flags, &info, sizeof(info));
	netlink_put(&work->out, NDA_DST, address->bytes, netaddr_len(address));
	if (mac)
		netlink_put(&work->out, NDA_LLADDR, mac, NETADDR_MAC_SIZE);
}

/* Removes permanent entries that the plan does not have, and learned ones of interfaces whose address or MAC changed. */
static void remove_neighbours(struct network_work *work)
{
	NETSTATE_EACH(net_neighbour, neighbour, &work->now.neighbours) {
		int i = network_interface_of(work, neighbour->index);
		bool permanent = neighbour->state & NUD_PERMANENT;
		char text[NETADDR_TEXT_SIZE];

		if (i < 0 || (permanent ? is_neighbour_wanted(&work->interfaces->item[i], neighbour) : !work->touched[i]))
			continue;
		netaddr_format(&neighbour->address, false, text);
		network_step(work, permanent ? STEP_REMOVE : STEP_FORGET, (size_t)i, "neighbours", "%s forgets %s",
			     work->interfaces->item[i].f_name, text);
		build_neighbour(work, RTM_DELNEIGH, 0, neighbour->index, &neighbour->address, NULL);
	}
	network_flush(work);
}

static bool is_neighbour_there(const struct network_work *work, int index, const struct netaddr *address, const uint8_t *mac)
{
	NETSTATE_EACH(net_neighbour, neighbour, &work->now.neighbours)
		if (neighbour->index == index && (neighbour->state & NUD_PERMANENT) && netaddr_is_equal(&neighbour->address, address) &&
		    neighbour->has_mac && memcmp(neighbour->mac, mac, NETADDR_MAC_SIZE) == 0)
			return true;
	return false;
}

static void add_neighbours(struct network_work *work, size_t i)
{
	const struct config_neighbour_list *wanted = &work->interfaces->item[i].f_neighbours;

	for (size_t k = 0; k < wanted->count; k++) {
		struct netaddr address;
		uint8_t mac[NETADDR_MAC_SIZE];
		char key[32];

		if (!netaddr_parse(wanted->item[k].f_address, &address) || !netaddr_parse_mac(wanted->item[k].f_mac, mac) ||
		    is_neighbour_there(work, work->index[i], &address, mac))
			continue;
		fmt_text(key, sizeof(key), "neighbours[%zu]", k);
		network_step(work, STEP_CHANGE, i, key, "%s knows %s", work->interfaces->item[i].f_name, wanted->item[k].f_address);
		build_neighbour(work, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, work->index[i], &address, mac);
	}
}

void network_neighbours_set(struct network_work *work)
{
	int r = netstate_neighbours(&work->nl, &work->now);

	if (r < 0) {
		change_report_failed(work->report, "network.interfaces", -r, "reading the neighbours", "");
		return;
	}
	remove_neighbours(work);
	for (size_t i = 0; i < work->interfaces->count; i++)
		if (work->index[i])
			add_neighbours(work, i);
	network_flush(work);
}
