/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel promises to firewalls and to balancers of services, tried in a network namespace of each test's own. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness/tap.h"
#include "tests/kernel/files.h"
#include "tests/kernel/netlink.h"

/* <linux/netfilter_ipv4/ip_tables.h> does not go with musl's <net/if.h>. */
#define IPT_SO_GET_INFO 64
#define IPT_SO_GET_REVISION_MATCH 66
#define IPT_SO_GET_REVISION_TARGET 67

static void nf_begin(struct nl *n, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nfgenmsg header = { .nfgen_family = family, .version = NFNETLINK_V0 };

	/* The limits of a batch name its subsystem where others have a number. */
	if (type == NFNL_MSG_BATCH_BEGIN || type == NFNL_MSG_BATCH_END)
		header.res_id = htons(NFNL_SUBSYS_NFTABLES);
	nl_begin(n, type, flags, &header, sizeof(header));
}

static void nft_table_and_chain(struct nl *n, uint8_t family, const char *type, uint32_t hook)
{
	size_t nest;

	nf_begin(n, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC);
	nf_begin(n, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ACK, family);
	nl_text(n, NFTA_TABLE_NAME, "t");
	nf_begin(n, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_ACK, family);
	nl_text(n, NFTA_CHAIN_TABLE, "t");
	nl_text(n, NFTA_CHAIN_NAME, "c");
	nest = nl_open(n, NFTA_CHAIN_HOOK);
	nl_be32(n, NFTA_HOOK_HOOKNUM, hook);
	nl_be32(n, NFTA_HOOK_PRIORITY, 0);
	nl_close(n, nest);
	nl_text(n, NFTA_CHAIN_TYPE, type);
}

/* A rule with one expression. */
static void nft_rule(struct nl *n, uint8_t family, const char *name, uint16_t type, uint32_t value)
{
	size_t list;
	size_t element;
	size_t data;

	nf_begin(n, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, family);
	nl_text(n, NFTA_RULE_TABLE, "t");
	nl_text(n, NFTA_RULE_CHAIN, "c");
	list = nl_open(n, NFTA_RULE_EXPRESSIONS);
	element = nl_open(n, NFTA_LIST_ELEM);
	nl_text(n, NFTA_EXPR_NAME, name);
	data = nl_open(n, NFTA_EXPR_DATA);
	if (type)
		nl_be32(n, type, value);
	nl_close(n, data);
	nl_close(n, element);
	nl_close(n, list);
}

static int nft_end(struct nl *n, int answers)
{
	nf_begin(n, NFNL_MSG_BATCH_END, 0, AF_UNSPEC);
	return nl_ask(n, NETLINK_NETFILTER, answers);
}

TEST(container_nftables_of_both_families_and_their_nat)
{
	struct nl n = { 0 };

	own_network();
	nft_table_and_chain(&n, NFPROTO_INET, "nat", NF_INET_POST_ROUTING);
	nft_rule(&n, NFPROTO_INET, "masq", 0, 0);
	CHECK_INT(nft_end(&n, 3), ==, 0);
	nft_table_and_chain(&n, NFPROTO_IPV4, "nat", NF_INET_PRE_ROUTING);
	nft_rule(&n, NFPROTO_IPV4, "redir", 0, 0);
	CHECK_INT(nft_end(&n, 3), ==, 0);
	nft_table_and_chain(&n, NFPROTO_IPV6, "filter", NF_INET_LOCAL_IN);
	nft_rule(&n, NFPROTO_IPV6, "reject", NFTA_REJECT_TYPE, NFT_REJECT_TCP_RST);
	CHECK_INT(nft_end(&n, 3), ==, 0);
	nft_table_and_chain(&n, NFPROTO_BRIDGE, "filter", NF_INET_FORWARD);
	nft_rule(&n, NFPROTO_BRIDGE, "counter", 0, 0);
	CHECK_INT(nft_end(&n, 3), ==, 0);
	nft_table_and_chain(&n, NFPROTO_ARP, "filter", 0);
	nft_rule(&n, NFPROTO_ARP, "counter", 0, 0);
	CHECK_INT(nft_end(&n, 3), ==, 0);
}

TEST(container_iptables_over_nftables_finds_the_matches_it_asks_for)
{
	static const struct {
		const char *name;
		uint32_t revision;
		uint32_t is_target;
	} wanted[] = {
		{ "addrtype", 1, 0 }, { "comment", 0, 0 }, { "conntrack", 3, 0 }, { "mark", 1, 0 }, { "multiport", 1, 0 },
		{ "statistic", 0, 0 }, { "physdev", 0, 0 }, { "recent", 1, 0 }, { "ipvs", 0, 0 }, { "MASQUERADE", 0, 1 },
		{ "REDIRECT", 0, 1 }, { "MARK", 2, 1 }, { "CONNMARK", 1, 1 }, { "TPROXY", 1, 1 }, { "LOG", 0, 1 },
		{ "NFLOG", 0, 1 }, { "TCPMSS", 0, 1 }, { "CT", 2, 1 }, { "REJECT", 0, 1 }, { "DNAT", 0, 1 },
	};
	struct nl n = { 0 };

	own_network();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		nf_begin(&n, NFNL_SUBSYS_NFT_COMPAT << 8 | NFNL_MSG_COMPAT_GET, NLM_F_ACK, NFPROTO_IPV4);
		nl_text(&n, NFTA_COMPAT_NAME, wanted[i].name);
		nl_be32(&n, NFTA_COMPAT_REV, wanted[i].revision);
		nl_be32(&n, NFTA_COMPAT_TYPE, wanted[i].is_target);
		if (!CHECK_INT(nl_ask(&n, NETLINK_NETFILTER, 1), ==, 0))
			tap_diag("%s", wanted[i].name);
	}
}

/* What iptables-legacy asks first: is there such a table? */
static int ask_table(int family, const char *table)
{
	char info[84] = { 0 };
	socklen_t len = sizeof(info);
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int error;

	if (fd < 0)
		return errno;
	memcpy(info, table, strlen(table));
	error = raw_errno(getsockopt(fd, level, IPT_SO_GET_INFO, info, &len));
	close(fd);
	return error;
}

TEST(container_iptables_of_old_has_its_tables)
{
	static const char *const tables[] = { "filter", "nat", "mangle", "raw" };

	own_network();
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (!CHECK_INT(ask_table(AF_INET, tables[i]), ==, 0) || !CHECK_INT(ask_table(AF_INET6, tables[i]), ==, 0))
			tap_diag("table %s", tables[i]);
	}
}

TEST(container_sets_of_addresses)
{
	struct nl n = { 0 };

	own_network();
	nf_begin(&n, NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_TYPE, 0, NFPROTO_IPV4);
	nl_u8(&n, IPSET_ATTR_PROTOCOL, 6);
	nl_text(&n, IPSET_ATTR_TYPENAME, "hash:ip");
	nl_u8(&n, IPSET_ATTR_FAMILY, NFPROTO_IPV4);
	CHECK_INT(nl_ask(&n, NETLINK_NETFILTER, 1), ==, 0);
}

TEST(container_connections_are_tracked_and_services_balanced)
{
	own_network();
	CHECK(access("/proc/net/nf_conntrack", F_OK) == 0 || access("/proc/sys/net/netfilter/nf_conntrack_max", F_OK) == 0);
	CHECK(file_has("/proc/net/ip_vs", "IP Virtual Server"));
}
