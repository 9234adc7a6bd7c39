/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reply to network_get. Never: changes the network. */
#include "agent/network/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/utsname.h>

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "agent/core/limits.h"
#include "agent/network/netstate.h"
#include "agent/protocol/jsonw.h"
#include "common/io.h"

/* Upper bound of one entry of a list, in bytes of JSON. */
#define ENTRY_BYTES 768u
#define RESOLV_CONF_SIZE 4096u

struct teller {
	struct netlink nl;
	struct netstate state;
	struct buf out;
	bool cut;	/* entries were left out */
};

static bool has_room(struct teller *t)
{
	if (t->out.max - t->out.len >= ENTRY_BYTES)
		return true;
	t->cut = true;
	return false;
}

static void put_address(struct buf *b, const char *key, const struct netaddr *address, bool with_prefix)
{
	char text[NETADDR_TEXT_SIZE];

	if (!address->family)
		return;
	netaddr_format(address, with_prefix, text);
	jsonw_string(b, key, text);
}

static void put_mac(struct buf *b, bool is_there, const uint8_t mac[NETADDR_MAC_SIZE])
{
	char text[NETADDR_MAC_TEXT_SIZE];

	if (!is_there)
		return;
	netaddr_format_mac(mac, text);
	jsonw_string(b, "mac", text);
}

static void put_name(const struct teller *t, struct buf *b, const char *key, int index)
{
	const struct net_link *link = netstate_link(&t->state, index);

	if (link)
		jsonw_string(b, key, link->name);
}

static const char *operstate_name(uint8_t state)
{
	static const char *const names[] = { "unknown", "not_present", "down", "lower_layer_down", "testing", "dormant", "up" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static void tell_link(struct teller *t, const struct net_link *link)
{
	struct buf *b = &t->out;

	jsonw_object(b, NULL);
	jsonw_string(b, "name", link->name);
	jsonw_count(b, "index", (uint64_t)link->index);
	if (link->kind[0])
		jsonw_string(b, "kind", link->kind);
	if (link->parent)
		put_name(t, b, "parent", link->parent);
	if (link->vlan_id)
		jsonw_count(b, "vlan_id", link->vlan_id);
	put_mac(b, link->has_mac, link->mac);
	jsonw_count(b, "mtu", link->mtu);
	jsonw_bool(b, "up", link->flags & IFF_UP);
	jsonw_string(b, "state", operstate_name(link->operstate));
	jsonw_array(b, "addresses");
	NETSTATE_EACH(net_address, address, &t->state.addresses)
		if (address->index == link->index && has_room(t))
			put_address(b, NULL, &address->address, true);
	jsonw_array_end(b);
	jsonw_count(b, "rx_packets", link->rx_packets);
	jsonw_count(b, "tx_packets", link->tx_packets);
	jsonw_count(b, "rx_bytes", link->rx_bytes);
	jsonw_count(b, "tx_bytes", link->tx_bytes);
	jsonw_count(b, "rx_errors", link->rx_errors);
	jsonw_count(b, "tx_errors", link->tx_errors);
	jsonw_count(b, "rx_dropped", link->rx_dropped);
	jsonw_count(b, "tx_dropped", link->tx_dropped);
	jsonw_object_end(b);
}

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case RTPROT_KERNEL:
		return "kernel";
	case RTPROT_BOOT:
		return "boot";
	case RTPROT_STATIC:
		return "static";
	case RTPROT_RA:
		return "ra";
	case RTPROT_DHCP:
		return "dhcp";
	default:
		return "other";
	}
}

static void tell_route(struct teller *t, const struct net_route *route)
{
	struct buf *b = &t->out;

	jsonw_object(b, NULL);
	put_name(t, b, "interface", route->index);
	put_address(b, "to", &route->to, true);
	put_address(b, "via", &route->via, false);
	put_address(b, "source", &route->source, false);
	jsonw_count(b, "metric", route->metric);
	jsonw_string(b, "protocol", protocol_name(route->protocol));
	if (route->on_link)
		jsonw_bool(b, "on_link", true);
	if (route->type != RTN_UNICAST)
		jsonw_count(b, "type", route->type);
	jsonw_object_end(b);
}

static void tell_neighbour(struct teller *t, const struct net_neighbour *neighbour)
{
	struct buf *b = &t->out;

	jsonw_object(b, NULL);
	put_name(t, b, "interface", neighbour->index);
	put_address(b, "address", &neighbour->address, false);
	put_mac(b, neighbour->has_mac, neighbour->mac);
	jsonw_bool(b, "permanent", neighbour->state & NUD_PERMANENT);
	jsonw_bool(b, "reachable", !(neighbour->state & (NUD_FAILED | NUD_INCOMPLETE)));
	jsonw_object_end(b);
}

/* Writes the words after a keyword at the start of a line of resolv.conf. */
static void tell_words(struct buf *b, char *text, const char *keyword, const char *key)
{
	size_t len = strlen(keyword);

	jsonw_array(b, key);
	for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char word[256];

		if (strncmp(line, keyword, len) != 0 || (line[len] != ' ' && line[len] != '\t'))
			continue;
		for (char *p = line + len; *p && *p != '\n';) {
			size_t n;

			p += strspn(p, " \t");
			n = strcspn(p, " \t\n");
			if (n && n < sizeof(word)) {
				memcpy(word, p, n);
				word[n] = '\0';
				jsonw_string(b, NULL, word);
			}
			p += n;
		}
	}
	jsonw_array_end(b);
}

static void tell_dns(struct buf *b)
{
	char text[RESOLV_CONF_SIZE];

	if (io_read_text(AT_FDCWD, "/etc/resolv.conf", text, sizeof(text)) < 0)
		return;
	jsonw_object(b, "dns");
	tell_words(b, text, "nameserver", "servers");
	tell_words(b, text, "search", "search");
	tell_words(b, text, "options", "options");
	jsonw_object_end(b);
}

static int read_all(struct teller *t)
{
	int r = netlink_open(&t->nl, NETLINK_ROUTE);

	if (r == 0)
		r = netstate_links(&t->nl, &t->state);
	if (r == 0)
		r = netstate_addresses(&t->nl, &t->state);
	if (r == 0)
		r = netstate_routes(&t->nl, &t->state);
	if (r == 0)
		r = netstate_neighbours(&t->nl, &t->state);
	netlink_close(&t->nl);
	/* More than NETSTATE_MAX entries: those that were read are shown, and `cut` is set. */
	if (r == -E2BIG)
		t->cut = true;
	return r == -E2BIG ? 0 : r;
}

static void tell_lists(struct teller *t)
{
	struct buf *b = &t->out;

	jsonw_array(b, "interfaces");
	NETSTATE_EACH(net_link, link, &t->state.links)
		if (has_room(t))
			tell_link(t, link);
	jsonw_array_end(b);
	jsonw_array(b, "routes");
	NETSTATE_EACH(net_route, route, &t->state.routes)
		if (has_room(t))
			tell_route(t, route);
	jsonw_array_end(b);
	jsonw_array(b, "neighbours");
	NETSTATE_EACH(net_neighbour, neighbour, &t->state.neighbours)
		if (has_room(t))
			tell_neighbour(t, neighbour);
	jsonw_array_end(b);
}

int network_tell(int fd)
{
	static struct teller t;
	struct utsname uts;
	int r = read_all(&t);

	if (r < 0)
		return r;
	/* Keeps room for the host name and the resolver, which follow the lists. */
	t.out.max = LIMIT_JOB_OUT_BYTES - RESOLV_CONF_SIZE * 2;
	buf_append(&t.out, "{", 1);
	tell_lists(&t);
	t.out.max = LIMIT_JOB_OUT_BYTES;
	if (uname(&uts) == 0)
		jsonw_string(&t.out, "hostname", uts.nodename);
	tell_dns(&t.out);
	jsonw_bool(&t.out, "cut", t.cut);
	if (t.out.failed)
		return -ENOMEM;
	return io_write_all(fd, t.out.data + 1, t.out.len - 1);
}
