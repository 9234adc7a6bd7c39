/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel promises of the network, tried in a network namespace of each test's own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/inet_diag.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/taskstats.h>
#include <linux/veth.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness/tap.h"
#include "tests/kernel/files.h"
#include "tests/kernel/netlink.h"

/* An interface of the kind, on top of another one where `below` is not 0. */
static int make_link(const char *kind, const char *name, unsigned below, const void *data, size_t len)
{
	struct ifinfomsg header = { 0 };
	struct nl n = { 0 };
	size_t info;
	size_t inner;

	nl_begin(&n, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	nl_text(&n, IFLA_IFNAME, name);
	if (below)
		nl_u32(&n, IFLA_LINK, below);
	info = nl_open(&n, IFLA_LINKINFO);
	nl_text(&n, IFLA_INFO_KIND, kind);
	if (len > 0) {
		struct nlattr head;

		inner = nl_open(&n, IFLA_INFO_DATA);
		memcpy(&head, data, sizeof(head));
		nl_put(&n, head.nla_type, (const char *)data + sizeof(head), len - sizeof(head));
		nl_close(&n, inner);
	}
	nl_close(&n, info);
	return nl_ask(&n, NETLINK_ROUTE, 1);
}

/* With one attribute of 16 or 32 bits, which some kinds insist on. */
static int make_link_u(const char *kind, unsigned below, uint16_t type, uint32_t value, uint16_t size)
{
	struct {
		struct nlattr head;
		uint32_t value;
	} data = { .head = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type }, .value = value };

	return make_link(kind, kind, below, &data, NLA_HDRLEN + size);
}

TEST(container_interfaces_of_every_kind_that_containers_use)
{
	own_network();
	CHECK_INT(make_link("veth", "pair", 0, NULL, 0), ==, 0);
	CHECK_INT(make_link("bridge", "bridge", 0, NULL, 0), ==, 0);
	CHECK_INT(make_link("dummy", "dummy", 0, NULL, 0), ==, 0);
	CHECK_INT(make_link_u("vlan", if_nametoindex("dummy"), IFLA_VLAN_ID, 7, 2), ==, 0);
	CHECK_INT(make_link("macvlan", "macvlan", if_nametoindex("dummy"), NULL, 0), ==, 0);
	CHECK_INT(make_link_u("vxlan", 0, IFLA_VXLAN_ID, 7, 4), ==, 0);
	CHECK_INT(make_link("dummy", "other", 0, NULL, 0), ==, 0);
	CHECK_INT(make_link("ipvlan", "ipvlan", if_nametoindex("other"), NULL, 0), ==, 0);
}

TEST(container_a_tunnel_to_a_process)
{
	struct ifreq request = { .ifr_name = "tunnel", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd;

	own_network();
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK(ioctl(fd, TUNSETIFF, &request) == 0);
	close(fd);
}

TEST(container_a_bridge_passes_its_packets_through_the_firewall)
{
	own_network();
	CHECK_INT(make_link("bridge", "bridge", 0, NULL, 0), ==, 0);
	CHECK(write_file("/proc/sys/net/bridge/bridge-nf-call-iptables", "1") == 0);
}

/* A family of generic netlink, which says that its owner is there. */
static int ask_family(const char *name)
{
	struct genlmsghdr header = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct nl n = { 0 };

	nl_begin(&n, GENL_ID_CTRL, 0, &header, sizeof(header));
	nl_text(&n, CTRL_ATTR_FAMILY_NAME, name);
	return nl_ask(&n, NETLINK_GENERIC, 1);
}

TEST(container_tasks_are_accounted_for)
{
	CHECK_INT(ask_family(TASKSTATS_GENL_NAME), ==, 0);
}

TEST(container_packets_can_be_encrypted)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	CHECK(fd >= 0);
	close(fd);
}

/* ---- network ---- */

TEST(network_a_guest_starts_with_no_interfaces_but_its_own)
{
	struct if_nameindex *all = if_nameindex();
	int others = 0;

	REQUIRE(all);
	for (struct if_nameindex *i = all; i->if_index != 0; i++) {
		if (strcmp(i->if_name, "lo") != 0 && strncmp(i->if_name, "eth", 3) != 0) {
			tap_diag("%s", i->if_name);
			others++;
		}
	}
	if_freenameindex(all);
	CHECK_INT(others, ==, 0);
}

TEST(network_wireguard_routing_domains_and_mirrors_of_traffic)
{
	own_network();
	CHECK_INT(make_link("wireguard", "wireguard", 0, NULL, 0), ==, 0);
	CHECK_INT(make_link_u("vrf", 0, IFLA_VRF_TABLE, 7, 4), ==, 0);
	CHECK_INT(make_link("ifb", "ifb", 0, NULL, 0), ==, 0);
}

TEST(network_more_than_one_table_of_routes)
{
	struct fib_rule_hdr_like {
		uint8_t family, dst_len, src_len, tos, table, res1, res2, action;
		uint32_t flags;
	} header = { .family = AF_INET, .table = 100, .action = 1 /* FR_ACT_TO_TBL */ };
	struct nl n = { 0 };

	own_network();
	nl_begin(&n, RTM_NEWRULE, NLM_F_CREATE | NLM_F_ACK, &header, sizeof(header));
	CHECK_INT(nl_ask(&n, NETLINK_ROUTE, 1), ==, 0);
	header.family = AF_INET6;
	nl_begin(&n, RTM_NEWRULE, NLM_F_CREATE | NLM_F_ACK, &header, sizeof(header));
	CHECK_INT(nl_ask(&n, NETLINK_ROUTE, 1), ==, 0);
}

static int put_queue(unsigned interface, const char *kind)
{
	struct tcmsg header = { .tcm_ifindex = (int)interface, .tcm_parent = TC_H_ROOT };
	struct nl n = { 0 };

	nl_begin(&n, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, &header, sizeof(header));
	nl_text(&n, TCA_KIND, kind);
	return nl_ask(&n, NETLINK_ROUTE, 1);
}

TEST(network_queues_and_congestion_control)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(file_has("/proc/sys/net/core/default_qdisc", "fq_codel"));
	own_network();
	CHECK_INT(make_link("dummy", "dummy", 0, NULL, 0), ==, 0);
	CHECK_INT(put_queue(if_nametoindex("dummy"), "fq"), ==, 0);
	CHECK_INT(put_queue(if_nametoindex("dummy"), "fq_codel"), ==, 0);
	CHECK(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3) == 0);
	close(fd);
}

/* The two ends of a connection over loopback. */
static void connect_pair(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	REQUIRE(bind(listener, (struct sockaddr *)&address, len) == 0 && listen(listener, 1) == 0);
	REQUIRE(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(connect(ends[0], (struct sockaddr *)&address, len) == 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	REQUIRE(ends[1] >= 0);
	close(listener);
}

TEST(network_tls_in_the_kernel)
{
	int ends[2];

	own_network();
	connect_pair(ends);
	CHECK(setsockopt(ends[0], IPPROTO_TCP, TCP_ULP, "tls", 4) == 0);
	close(ends[0]);
	close(ends[1]);
}

TEST(virtio_vsock_inside_the_guest)
{
	struct sockaddr_vm address = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = 77777 };
	int listener = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 1) == 0);
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	close(fd);
	close(listener);
}

TEST(snapshot_a_connection_of_the_parent_can_be_destroyed)
{
	struct inet_diag_req_v2 request = { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u };
	struct sockaddr_in here = { 0 };
	struct sockaddr_in there = { 0 };
	socklen_t len = sizeof(here);
	struct nl n = { 0 };
	char byte;
	int ends[2];

	own_network();
	connect_pair(ends);
	REQUIRE(getsockname(ends[0], (struct sockaddr *)&here, &len) == 0);
	REQUIRE(getpeername(ends[0], (struct sockaddr *)&there, &len) == 0);
	request.id.idiag_sport = here.sin_port;
	request.id.idiag_dport = there.sin_port;
	request.id.idiag_src[0] = here.sin_addr.s_addr;
	request.id.idiag_dst[0] = there.sin_addr.s_addr;
	memset(request.id.idiag_cookie, 0xff, sizeof(request.id.idiag_cookie));
	nl_begin(&n, SOCK_DESTROY, NLM_F_ACK, &request, sizeof(request));
	CHECK_INT(nl_ask(&n, NETLINK_SOCK_DIAG, 1), ==, 0);
	CHECK_INT(raw_errno(read(ends[0], &byte, 1)), ==, ECONNABORTED);
	close(ends[0]);
	close(ends[1]);
}
