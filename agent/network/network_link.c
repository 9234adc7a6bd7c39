/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the matching of the plan's interfaces to the kernel's links, and the changes of links.
 *
 * A name or MAC is changed while the link is down; network_links_switch() brings the link up again. Interfaces may swap
 * names: a link that holds another interface's name, and is to lose it, gets a temporary name "pith<index>".
 *
 * Never: touches a link that the plan does not name, removes a link.
 */
#include "agent/network/network_link.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "agent/network/network.h"
#include "agent/network/network_steps.h"
#include "common/fmt.h"

static bool has_mac(const struct net_link *link, const uint8_t mac[NETADDR_MAC_SIZE])
{
	return (link->has_permanent_mac && memcmp(link->permanent_mac, mac, NETADDR_MAC_SIZE) == 0) ||
	       (link->has_mac && memcmp(link->mac, mac, NETADDR_MAC_SIZE) == 0);
}

static const struct net_link *find_mac(const struct netstate *now, const char *text)
{
	uint8_t mac[NETADDR_MAC_SIZE];

	if (!netaddr_parse_mac(text, mac))
		return NULL;
	/* VLANs and bridges are passed over: a VLAN has the MAC of its parent, a bridge the MAC of a port. */
	NETSTATE_EACH(net_link, link, &now->links)
		if (!link->parent && strcmp(link->kind, "bridge") != 0 && has_mac(link, mac))
			return link;
	return NULL;
}

static const struct net_link *find(const struct netstate *now, const struct config_interface *interface)
{
	if (interface->f_match_mac)
		return find_mac(now, interface->f_match_mac);
	if (interface->f_match_index)
		return netstate_link(now, (int)interface->f_match_index);
	return netstate_link_named(now, interface->f_name);
}

/* Reads the links again, only if a message was sent to a link since the last read. */
static void read_links(struct network_work *work)
{
	int r = work->links_are_read ? 0 : netstate_links(&work->nl, &work->now);

	work->links_are_read = r == 0;
	if (r < 0)
		change_report_failed(work->report, "network.interfaces", -r, "reading the links", "");
}

static void begin_set(struct network_work *work, int index, uint32_t flags, uint32_t change)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = flags, .ifi_change = change };

	netlink_begin(&work->out, RTM_SETLINK, 0, &info, sizeof(info));
	work->links_are_read = false;
}

static void take_down(struct network_work *work, size_t i, const struct net_link *link)
{
	if (!(link->flags & IFF_UP))
		return;
	network_step(work, STEP_QUIET, i, "", "%s goes down", link->name);
	begin_set(work, link->index, 0, IFF_UP);
}

static void rename_link(struct network_work *work, size_t i, const struct net_link *link, enum network_step_kind kind, const char *name)
{
	take_down(work, i, link);
	network_step(work, kind, i, "name", "%s is called %s", link->name, name);
	begin_set(work, link->index, 0, 0);
	netlink_put_text(&work->out, IFLA_IFNAME, name);
}

/* Gives a temporary name to each link whose name another interface of the plan needs. */
static void step_aside(struct network_work *work)
{
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const struct net_link *holder = netstate_link_named(&work->now, work->interfaces->item[i].f_name);
		int other = holder ? network_interface_of(work, holder->index) : -1;
		char name[NETSTATE_NAME_SIZE];

		if (!work->index[i] || other < 0 || (size_t)other == i)
			continue;
		fmt_text(name, sizeof(name), "pith%d", holder->index);
		rename_link(work, (size_t)other, holder, STEP_QUIET, name);
	}
	network_flush(work);
}

static void give_names(struct network_work *work)
{
	step_aside(work);
	read_links(work);
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const char *name = work->interfaces->item[i].f_name;
		const struct net_link *link = netstate_link(&work->now, work->index[i]);

		if (link && strcmp(link->name, name) != 0)
			rename_link(work, i, link, STEP_CHANGE, name);
	}
	network_flush(work);
	read_links(work);
}

static bool is_as_made(const struct network_work *work, const struct config_interface *interface, const struct net_link *link)
{
	const struct net_link *parent = interface->f_parent ? netstate_link_named(&work->now, interface->f_parent) : NULL;

	switch ((enum network_kind)interface->f_kind) {
	case NETWORK_KIND_EXISTING:
		return true;
	case NETWORK_KIND_DUMMY:
		return strcmp(link->kind, "dummy") == 0;
	case NETWORK_KIND_VLAN:
		return strcmp(link->kind, "vlan") == 0 && link->vlan_id == interface->f_vlan_id && parent &&
		       link->parent == parent->index;
	}
	return false;
}

static void make_link(struct network_work *work, size_t i)
{
	const struct config_interface *interface = &work->interfaces->item[i];
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	const struct net_link *parent = NULL;
	const uint16_t vlan_id = (uint16_t)interface->f_vlan_id;
	bool is_vlan = interface->f_kind == NETWORK_KIND_VLAN;
	const char *kind = is_vlan ? "vlan" : "dummy";
	uint8_t mac[NETADDR_MAC_SIZE];
	size_t outer, inner;

	if (is_vlan) {
		parent = netstate_link_named(&work->now, interface->f_parent);
		if (!parent) {
			network_fail(work, i, "parent", ENODEV, interface->f_parent);
			return;
		}
	}
	network_step(work, STEP_CHANGE, i, "kind", "%s is made, a %s", interface->f_name, kind);
	netlink_begin(&work->out, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	netlink_put_text(&work->out, IFLA_IFNAME, interface->f_name);
	if (parent)
		netlink_put_u32(&work->out, IFLA_LINK, (uint32_t)parent->index);
	if (interface->f_mtu)
		netlink_put_u32(&work->out, IFLA_MTU, (uint32_t)interface->f_mtu);
	if (interface->f_mac && netaddr_parse_mac(interface->f_mac, mac))
		netlink_put(&work->out, IFLA_ADDRESS, mac, sizeof(mac));
	outer = netlink_nest(&work->out, IFLA_LINKINFO);
	netlink_put_text(&work->out, IFLA_INFO_KIND, kind);
	inner = netlink_nest(&work->out, IFLA_INFO_DATA);
	if (is_vlan)
		netlink_put(&work->out, IFLA_VLAN_ID, &vlan_id, sizeof(vlan_id));
	netlink_nest_end(&work->out, inner);
	netlink_nest_end(&work->out, outer);
	network_flush(work);
	work->links_are_read = false;
	read_links(work);
}

/* One message at a time: the parent of a VLAN may have been made by the message before. */
static void make_links(struct network_work *work)
{
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const struct config_interface *interface = &work->interfaces->item[i];
		const struct net_link *link;

		if (interface->f_kind == NETWORK_KIND_EXISTING)
			continue;
		if (!netstate_link_named(&work->now, interface->f_name))
			make_link(work, i);
		link = netstate_link_named(&work->now, interface->f_name);
		work->index[i] = link && is_as_made(work, interface, link) ? link->index : 0;
		if (link && !work->index[i])
			network_fail(work, i, "kind", EEXIST, "a link of another kind has this name");
	}
}

static void set_mac(struct network_work *work, size_t i, const struct net_link *link)
{
	uint8_t mac[NETADDR_MAC_SIZE];

	if (!work->interfaces->item[i].f_mac || !netaddr_parse_mac(work->interfaces->item[i].f_mac, mac) ||
	    (link->has_mac && memcmp(link->mac, mac, sizeof(mac)) == 0))
		return;
	/* The kernel makes the IPv6 link-local address from the MAC when the link goes up. */
	take_down(work, i, link);
	network_step(work, STEP_CHANGE, i, "mac", "%s has the MAC %s", link->name, work->interfaces->item[i].f_mac);
	begin_set(work, link->index, 0, 0);
	netlink_put(&work->out, IFLA_ADDRESS, mac, sizeof(mac));
	work->touched[i] = true;
}

static void set_mtu(struct network_work *work, size_t i, const struct net_link *link)
{
	uint32_t mtu = (uint32_t)work->interfaces->item[i].f_mtu;

	if (!mtu || mtu == link->mtu)
		return;
	network_step(work, STEP_CHANGE, i, "mtu", "%s has the MTU %u", link->name, mtu);
	begin_set(work, link->index, 0, 0);
	netlink_put_u32(&work->out, IFLA_MTU, mtu);
}

void network_links_set(struct network_work *work)
{
	read_links(work);
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const struct config_interface *interface = &work->interfaces->item[i];
		const struct net_link *link = find(&work->now, interface);

		if (interface->f_kind == NETWORK_KIND_EXISTING && !link)
			network_fail(work, i, interface->f_match_mac ? "match_mac" : interface->f_match_index ? "match_index" : "name",
				     ENODEV, interface->f_name);
		if (link && network_interface_of(work, link->index) >= 0) {
			network_fail(work, i, "name", EEXIST, "another interface of the document matches this link");
			link = NULL;
		}
		work->index[i] = link ? link->index : 0;
	}
	give_names(work);
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const struct net_link *link = netstate_link(&work->now, work->index[i]);

		if (!link)
			continue;
		set_mac(work, i, link);
		set_mtu(work, i, link);
	}
	network_flush(work);
	read_links(work);
	/* Links are made last: a VLAN takes over the MTU and the MAC of its parent when it is made. */
	make_links(work);
}

static size_t switch_links(struct network_work *work)
{
	size_t count;

	read_links(work);
	for (size_t i = 0; i < work->interfaces->count; i++) {
		const struct net_link *link = netstate_link(&work->now, work->index[i]);
		bool up = work->interfaces->item[i].f_up;

		if (!link || !(link->flags & IFF_UP) == !up)
			continue;
		network_step(work, STEP_CHANGE, i, "up", "%s goes %s", link->name, up ? "up" : "down");
		begin_set(work, link->index, up ? IFF_UP : 0, IFF_UP);
	}
	count = work->out.count;
	network_flush(work);
	return count;
}

void network_links_switch(struct network_work *work)
{
	/* The kernel brings VLANs up with their parent, also VLANs that the plan wants down: a second pass puts these right. */
	if (switch_links(work))
		switch_links(work);
}

void network_links_down(struct network_work *work)
{
	read_links(work);
	NETSTATE_EACH(net_link, link, &work->now.links) {
		char what[CHANGE_REPORT_PATH_SIZE];

		if (!(link->flags & IFF_UP) || (link->flags & IFF_LOOPBACK))
			continue;
		fmt_text(what, sizeof(what), "%s goes down", link->name);
		network_step_at(work, STEP_CHANGE, "network.none", what);
		begin_set(work, link->index, 0, IFF_UP);
	}
	network_flush(work);
}
