/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's state of the network: links, addresses, routes of the main table, neighbours. Read in a job. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/netlink/netaddr.h"
#include "common/netlink/netlink_socket.h"

#define NETSTATE_NAME_SIZE 16	/* IFNAMSIZ */

struct net_link {
	int index;
	int parent;			/* index; 0: no parent in this namespace */
	bool parent_is_foreign;
	uint32_t flags;			/* IFF_… */
	uint32_t mtu;
	uint16_t vlan_id;		/* of kind "vlan" */
	uint8_t operstate;		/* IF_OPER_… */
	bool has_mac, has_permanent_mac;
	uint8_t mac[NETADDR_MAC_SIZE];
	uint8_t permanent_mac[NETADDR_MAC_SIZE];
	char name[NETSTATE_NAME_SIZE];
	char kind[NETSTATE_NAME_SIZE];	/* "dummy", "vlan"; "" for hardware and loopback */
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped, tx_dropped;
};

struct net_address {
	int index;
	uint32_t flags;			/* IFA_F_… */
	uint8_t scope;
	struct netaddr address;
};

struct net_route {
	int index;			/* 0: several next hops, or none */
	uint32_t metric;
	uint8_t type;			/* RTN_… */
	uint8_t protocol;		/* RTPROT_… */
	uint8_t scope;
	bool on_link;
	struct netaddr to, via, source;	/* family 0: none */
};

struct net_neighbour {
	int index;
	uint16_t state;			/* NUD_… */
	bool has_mac;
	uint8_t mac[NETADDR_MAC_SIZE];
	struct netaddr address;
};

/* A list that grows up to NETSTATE_MAX items. */
struct net_list {
	void *item;
	size_t count, room;
	bool cut;			/* the kernel has more than NETSTATE_MAX items, or memory ran out */
};

/* The bound of each list; network_get reports a longer list as cut. */
#define NETSTATE_MAX 8192

struct netstate {
	struct net_list links, addresses, routes, neighbours;
};

/* Each reads one list again. 0 or -errno; -E2BIG when the list was cut. */
int netstate_links(struct netlink *nl, struct netstate *state);
int netstate_addresses(struct netlink *nl, struct netstate *state);
int netstate_routes(struct netlink *nl, struct netstate *state);
int netstate_neighbours(struct netlink *nl, struct netstate *state);

/* A loop over the items of a list, in order. */
#define NETSTATE_EACH(type, at, list) \
	for (const struct type *at = (list)->item; at && at != (const struct type *)(list)->item + (list)->count; at++)

const struct net_link *netstate_link(const struct netstate *state, int index);
const struct net_link *netstate_link_named(const struct netstate *state, const char *name);

/* Decoders of one message, public for tests. False: the message is of another type, or not one that the list shows. */
struct netlink_message;
bool netstate_read_link(const struct netlink_message *message, struct net_link *ret);
bool netstate_read_address(const struct netlink_message *message, struct net_address *ret);
bool netstate_read_route(const struct netlink_message *message, struct net_route *ret);
bool netstate_read_neighbour(const struct netlink_message *message, struct net_neighbour *ret);
