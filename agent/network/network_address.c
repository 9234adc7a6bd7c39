/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the difference between the kernel's addresses and the plan's.
 *
 * Never: removes addresses that the kernel makes by itself: link-local ones of IPv6, those of router advertisements
 * where these are accepted, 127.0.0.1 and ::1.
 */
#include "agent/network/network_address.h"

#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "agent/network/network_steps.h"
#include "common/fmt.h"

static bool is_link_local(const struct netaddr *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static bool is_loopback(const struct netaddr *address)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (address->family == AF_INET)
		return address->bytes[0] == 127;
	for (size_t i = 0; i < sizeof(one); i++)
		if (address->bytes[i] != one[i])
			return false;
	return true;
}

static bool is_wanted(const struct config_interface *interface, const struct netaddr *address)
{
	for (size_t k = 0; k < interface->f_addresses.count; k++) {
		struct netaddr wanted;

		if (netaddr_parse_prefix(interface->f_addresses.item[k], &wanted) && netaddr_is_equal(&wanted, address))
			return true;
	}
	return false;
}

static bool is_kernels(const struct config_interface *interface, const struct net_address *address)
{
	return is_link_local(&address->address) || is_loopback(&address->address) ||
	       (interface && interface->f_accept_ra && !(address->flags & IFA_F_PERMANENT));
}

static bool is_there(const struct network_work *work, int index, const struct netaddr *wanted)
{
	NETSTATE_EACH(net_address, address, &work->now.addresses)
		if (address->index == index && netaddr_is_equal(&address->address, wanted))
			return true;
	return false;
}

static void build(struct network_work *work, uint16_t type, uint16_t flags, int index, const struct netaddr *address)
{
	const struct ifaddrmsg info = {
		.ifa_family = address->family,
		.ifa_prefixlen = address->prefix,
		.ifa_index = (uint32_t)index,
		.ifa_scope = RT_SCOPE_UNIVERSE,
	};
	size_t len = netaddr_len(address);

	netlink_begin(&work->out, type, flags, &info, sizeof(info));
	netlink_put(&work->out, IFA_LOCAL, address->bytes, len);
	netlink_put(&work->out, IFA_ADDRESS, address->bytes, len);
	/* The host assigns addresses, so a duplicate is not looked for: duplicate address detection would delay the address by 1 s. */
	if (type == RTM_NEWADDR && address->family == AF_INET6)
		netlink_put_u32(&work->out, IFA_FLAGS, IFA_F_NODAD);
}

static int read_addresses(struct network_work *work)
{
	int r = netstate_addresses(&work->nl, &work->now);

	if (r < 0)
		change_report_failed(work->report, "network.interfaces", -r, "reading the addresses", "");
	return r;
}

/* True: an address was removed. */
static bool remove_unwanted(struct network_work *work)
{
	bool found = false;

	NETSTATE_EACH(net_address, address, &work->now.addresses) {
		int i = network_interface_of(work, address->index);
		const struct config_interface *interface = i < 0 ? NULL : &work->interfaces->item[i];
		char text[NETADDR_TEXT_SIZE];

		if (!interface || is_wanted(interface, &address->address) || is_kernels(interface, address))
			continue;
		netaddr_format(&address->address, true, text);
		network_step(work, STEP_REMOVE, (size_t)i, "addresses", "%s loses %s", interface->f_name, text);
		build(work, RTM_DELADDR, 0, address->index, &address->address);
		work->touched[i] = found = true;
	}
	network_flush(work);
	return found;
}

static void add_wanted(struct network_work *work, size_t i)
{
	const struct config_interface *interface = &work->interfaces->item[i];

	for (size_t k = 0; k < interface->f_addresses.count; k++) {
		struct netaddr wanted;
		char key[32];

		if (!netaddr_parse_prefix(interface->f_addresses.item[k], &wanted) || is_there(work, work->index[i], &wanted))
			continue;
		fmt_text(key, sizeof(key), "addresses[%zu]", k);
		network_step(work, STEP_CHANGE, i, key, "%s has %s", interface->f_name, interface->f_addresses.item[k]);
		build(work, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, work->index[i], &wanted);
		work->touched[i] = true;
	}
}

void network_addresses_set(struct network_work *work)
{
	if (read_addresses(work) < 0)
		return;
	/* With an IPv4 address the kernel removes the secondary addresses of its subnet, so the list is read again. */
	if (remove_unwanted(work) && read_addresses(work) < 0)
		return;
	for (size_t i = 0; i < work->interfaces->count; i++)
		if (work->index[i])
			add_wanted(work, i);
	network_flush(work);
}

void network_addresses_flush(struct network_work *work)
{
	if (read_addresses(work) < 0)
		return;
	NETSTATE_EACH(net_address, address, &work->now.addresses) {
		char text[NETADDR_TEXT_SIZE], what[CHANGE_REPORT_PATH_SIZE];
		const struct net_link *link = netstate_link(&work->now, address->index);

		if (is_kernels(NULL, address))
			continue;
		netaddr_format(&address->address, true, text);
		fmt_text(what, sizeof(what), "%s loses %s", link ? link->name : "a link", text);
		network_step_at(work, STEP_REMOVE, "network.none", what);
		build(work, RTM_DELADDR, 0, address->index, &address->address);
	}
	network_flush(work);
}
