/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the meaning of a document's route. Pure. Never: asks the kernel. */
#include "agent/network/network_parse.h"

#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

/* The kernel replaces the metric 0 of an IPv6 route by this one. */
#define IPV6_METRIC 1024u

static const char *parse_destination(const struct config_route *route, struct net_route *ret)
{
	struct netaddr via;

	if (strcmp(route->f_to, "default") != 0) {
		if (!netaddr_parse_prefix(route->f_to, &ret->to) && !netaddr_parse(route->f_to, &ret->to))
			return "is neither default nor an address or network, like 10.0.0.0/8";
		return netaddr_is_network(&ret->to) ? NULL : "has bits set after its prefix";
	}
	ret->to.family = AF_INET;
	/* Without a gateway "default" means IPv4; the IPv6 default route is written ::/0. */
	if (route->f_via && netaddr_parse(route->f_via, &via))
		ret->to.family = via.family;
	return NULL;
}

const char *network_route_parse(const struct config_route *route, struct net_route *ret, const char **ret_key)
{
	struct net_route parsed = { .type = RTN_UNICAST, .on_link = route->f_on_link, .metric = (uint32_t)route->f_metric };
	const char *why;

	*ret_key = ".to";
	why = parse_destination(route, &parsed);
	if (why)
		return why;
	*ret_key = ".via";
	if (route->f_via && (!netaddr_parse(route->f_via, &parsed.via) || parsed.via.family != parsed.to.family))
		return "is no address of the same family as to";
	*ret_key = ".source";
	if (route->f_source && (!netaddr_parse(route->f_source, &parsed.source) || parsed.source.family != parsed.to.family))
		return "is no address of the same family as to";
	*ret_key = ".on_link";
	if (route->f_on_link && !route->f_via)
		return "needs via: it says how the gateway is reached";
	if (parsed.to.family == AF_INET6 && parsed.metric == 0)
		parsed.metric = IPV6_METRIC;
	*ret = parsed;
	return NULL;
}
