/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the reading of rtnetlink's dumps: links, addresses, routes, neighbours.
 *
 * Never: changes anything, runs in the agent's own process (a dump waits for the kernel's lock), trusts a length.
 */
#include "agent/network/netstate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "common/netlink/netlink.h"

static bool copy_mac(const struct netlink_attribute *attribute, uint8_t mac[NETADDR_MAC_SIZE])
{
	return netlink_copy(attribute, mac, NETADDR_MAC_SIZE);
}

/* False: the attribute is no address of the family, or prefix is too long for one. */
static bool copy_address(const struct netlink_attribute *attribute, uint8_t family, uint8_t prefix, struct netaddr *ret)
{
	struct netaddr address = { .family = family, .prefix = prefix };
	size_t len = family == AF_INET ? 4 : 16;

	if (prefix > len * 8 || !netlink_copy(attribute, address.bytes, len))
		return false;
	*ret = address;
	return true;
}

static bool is_inet(uint8_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static void read_vlan(struct netlink_in in, struct net_link *ret)
{
	struct netlink_attribute attribute;

	while (netlink_next_attribute(&in, &attribute))
		if (attribute.type == IFLA_VLAN_ID)
			netlink_copy(&attribute, &ret->vlan_id, sizeof(ret->vlan_id));
}

static void read_kind(struct netlink_in in, struct net_link *ret)
{
	struct netlink_attribute attribute;

	/* The kernel writes IFLA_INFO_KIND before IFLA_INFO_DATA. */
	while (netlink_next_attribute(&in, &attribute)) {
		if (attribute.type == IFLA_INFO_KIND)
			netlink_copy_text(&attribute, ret->kind, sizeof(ret->kind));
		else if (attribute.type == IFLA_INFO_DATA && strcmp(ret->kind, "vlan") == 0)
			read_vlan(attribute.value, ret);
	}
}

static void read_counters(const struct netlink_attribute *attribute, struct net_link *ret)
{
	struct rtnl_link_stats64 stats = { 0 };
	size_t len = attribute->value.left < sizeof(stats) ? attribute->value.left : sizeof(stats);

	/* Newer kernels append members to rtnl_link_stats64; shorter structs of older kernels leave zeros. */
	memcpy(&stats, attribute->value.at, len);
	ret->rx_packets = stats.rx_packets;
	ret->tx_packets = stats.tx_packets;
	ret->rx_bytes = stats.rx_bytes;
	ret->tx_bytes = stats.tx_bytes;
	ret->rx_errors = stats.rx_errors;
	ret->tx_errors = stats.tx_errors;
	ret->rx_dropped = stats.rx_dropped;
	ret->tx_dropped = stats.tx_dropped;
}

static void read_link_attribute(const struct netlink_attribute *attribute, struct net_link *ret)
{
	switch (attribute->type) {
	case IFLA_IFNAME:
		netlink_copy_text(attribute, ret->name, sizeof(ret->name));
		return;
	case IFLA_ADDRESS:
		ret->has_mac = copy_mac(attribute, ret->mac);
		return;
	case IFLA_PERM_ADDRESS:
		ret->has_permanent_mac = copy_mac(attribute, ret->permanent_mac);
		return;
	case IFLA_MTU:
		netlink_copy(attribute, &ret->mtu, sizeof(ret->mtu));
		return;
	case IFLA_LINK:
		netlink_copy(attribute, &ret->parent, sizeof(ret->parent));
		return;
	case IFLA_LINK_NETNSID:
		/* IFLA_LINK_NETNSID: the parent is in another network namespace, where its index belongs to another link than here. */
		ret->parent_is_foreign = true;
		return;
	case IFLA_OPERSTATE:
		netlink_copy(attribute, &ret->operstate, sizeof(ret->operstate));
		return;
	case IFLA_STATS64:
		read_counters(attribute, ret);
		return;
	case IFLA_LINKINFO:
		read_kind(attribute->value, ret);
		return;
	}
}

bool netstate_read_link(const struct netlink_message *message, struct net_link *ret)
{
	struct netlink_in in = message->body;
	struct netlink_attribute attribute;
	struct ifinfomsg info;

	memset(ret, 0, sizeof(*ret));
	if (message->type != RTM_NEWLINK || !netlink_take(&in, &info, sizeof(info)) || info.ifi_index <= 0)
		return false;
	ret->index = info.ifi_index;
	ret->flags = info.ifi_flags;
	while (netlink_next_attribute(&in, &attribute))
		read_link_attribute(&attribute, ret);
	if (ret->parent_is_foreign)
		ret->parent = 0;
	return ret->name[0] != '\0';
}

bool netstate_read_address(const struct netlink_message *message, struct net_address *ret)
{
	struct netlink_in in = message->body;
	struct netlink_attribute attribute;
	struct ifaddrmsg info;
	bool has_local = false;

	memset(ret, 0, sizeof(*ret));
	if (message->type != RTM_NEWADDR || !netlink_take(&in, &info, sizeof(info)) || !is_inet(info.ifa_family))
		return false;
	ret->index = (int)info.ifa_index;
	ret->flags = info.ifa_flags;
	ret->scope = info.ifa_scope;
	while (netlink_next_attribute(&in, &attribute)) {
		/* On a link with a peer IFA_ADDRESS is the peer's address, and IFA_LOCAL the link's own. */
		if (attribute.type == IFA_LOCAL)
			has_local = copy_address(&attribute, info.ifa_family, info.ifa_prefixlen, &ret->address);
		else if (attribute.type == IFA_ADDRESS && !has_local)
			copy_address(&attribute, info.ifa_family, info.ifa_prefixlen, &ret->address);
		else if (attribute.type == IFA_FLAGS)
			netlink_copy(&attribute, &ret->flags, sizeof(ret->flags));
	}
	return ret->address.family != 0;
}

static void read_route_attribute(const struct netlink_attribute *attribute, const struct rtmsg *info, struct net_route *ret,
				 uint32_t *table)
{
	uint8_t all = info->rtm_family == AF_INET ? 32 : 128;

	switch (attribute->type) {
	case RTA_DST:
		copy_address(attribute, info->rtm_family, info->rtm_dst_len, &ret->to);
		return;
	case RTA_GATEWAY:
		copy_address(attribute, info->rtm_family, all, &ret->via);
		return;
	case RTA_PREFSRC:
		copy_address(attribute, info->rtm_family, all, &ret->source);
		return;
	case RTA_OIF:
		netlink_copy(attribute, &ret->index, sizeof(ret->index));
		return;
	case RTA_PRIORITY:
		netlink_copy(attribute, &ret->metric, sizeof(ret->metric));
		return;
	case RTA_TABLE:
		netlink_copy(attribute, table, sizeof(*table));
		return;
	}
}

bool netstate_read_route(const struct netlink_message *message, struct net_route *ret)
{
	struct netlink_in in = message->body;
	struct netlink_attribute attribute;
	struct rtmsg info;
	uint32_t table;

	memset(ret, 0, sizeof(*ret));
	if (message->type != RTM_NEWROUTE || !netlink_take(&in, &info, sizeof(info)) || !is_inet(info.rtm_family))
		return false;
	table = info.rtm_table;
	ret->type = info.rtm_type;
	ret->protocol = info.rtm_protocol;
	ret->scope = info.rtm_scope;
	ret->on_link = info.rtm_flags & RTNH_F_ONLINK;
	/* The kernel sends no RTA_DST for a default route. */
	ret->to = (struct netaddr){ .family = info.rtm_family };
	while (netlink_next_attribute(&in, &attribute))
		read_route_attribute(&attribute, &info, ret, &table);
	return table == RT_TABLE_MAIN && !(info.rtm_flags & RTM_F_CLONED);
}

bool netstate_read_neighbour(const struct netlink_message *message, struct net_neighbour *ret)
{
	struct netlink_in in = message->body;
	struct netlink_attribute attribute;
	struct ndmsg info;

	memset(ret, 0, sizeof(*ret));
	if (message->type != RTM_NEWNEIGH || !netlink_take(&in, &info, sizeof(info)) || !is_inet(info.ndm_family))
		return false;
	ret->index = info.ndm_ifindex;
	ret->state = info.ndm_state;
	while (netlink_next_attribute(&in, &attribute)) {
		if (attribute.type == NDA_DST)
			copy_address(&attribute, info.ndm_family, info.ndm_family == AF_INET ? 32 : 128, &ret->address);
		else if (attribute.type == NDA_LLADDR)
			ret->has_mac = copy_mac(&attribute, ret->mac);
	}
	/* The kernel makes entries with NUD_NOARP for broadcast, multicast and loopback by itself. */
	return ret->address.family != 0 && !(ret->state & NUD_NOARP);
}

static void list_restart(void *data)
{
	struct net_list *list = data;

	list->count = 0;
	list->cut = false;
}

/* A new item of size bytes, or NULL; then list->cut is set. */
static void *list_next(struct net_list *list, size_t size)
{
	size_t room = list->room ? list->room * 2 : 16;
	void *item;

	if (list->count < list->room)
		return (char *)list->item + list->count * size;
	item = room > NETSTATE_MAX ? NULL : realloc(list->item, room * size);
	if (!item) {
		list->cut = true;
		return NULL;
	}
	list->item = item;
	list->room = room;
	return (char *)item + list->count * size;
}

#define EACH(name, type)                                                              \
	static void each_##name(void *data, const struct netlink_message *message)     \
	{                                                                              \
		struct net_list *list = data;                                          \
		struct type *item = list_next(list, sizeof(*item));                    \
\
		if (item && netstate_read_##name(message, item))                       \
			list->count++;                                                 \
	}
EACH(link, net_link)
EACH(address, net_address)
EACH(route, net_route)
EACH(neighbour, net_neighbour)
#undef EACH

static int read_list(struct netlink *nl, uint16_t type, const void *fixed, size_t len, struct net_list *list,
		     void (*each)(void *data, const struct netlink_message *message))
{
	const struct netlink_sink sink = { list_restart, each, list };
	int r = netlink_dump(nl, type, fixed, len, &sink);

	if (r < 0)
		return r;
	return list->cut ? -E2BIG : 0;
}

int netstate_links(struct netlink *nl, struct netstate *state)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };

	return read_list(nl, RTM_GETLINK, &fixed, sizeof(fixed), &state->links, each_link);
}

int netstate_addresses(struct netlink *nl, struct netstate *state)
{
	const struct ifaddrmsg fixed = { .ifa_family = AF_UNSPEC };

	return read_list(nl, RTM_GETADDR, &fixed, sizeof(fixed), &state->addresses, each_address);
}

int netstate_routes(struct netlink *nl, struct netstate *state)
{
	const struct rtmsg fixed = { .rtm_family = AF_UNSPEC };

	return read_list(nl, RTM_GETROUTE, &fixed, sizeof(fixed), &state->routes, each_route);
}

int netstate_neighbours(struct netlink *nl, struct netstate *state)
{
	const struct ndmsg fixed = { .ndm_family = AF_UNSPEC };

	return read_list(nl, RTM_GETNEIGH, &fixed, sizeof(fixed), &state->neighbours, each_neighbour);
}

const struct net_link *netstate_link(const struct netstate *state, int index)
{
	NETSTATE_EACH(net_link, link, &state->links)
		if (link->index == index)
			return link;
	return NULL;
}

const struct net_link *netstate_link_named(const struct netstate *state, const char *name)
{
	NETSTATE_EACH(net_link, link, &state->links)
		if (strcmp(link->name, name) == 0)
			return link;
	return NULL;
}
