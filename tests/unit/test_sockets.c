/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/network/sockets.c agent/network/netstate.c common/netlink/netaddr.c common/netlink/netlink.c common/netlink/netlink_socket.c common/io.c common/buf.c common/fmt.c */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>

#include "agent/network/sockets.h"
#include "common/netlink/netaddr.h"
#include "tests/harness/tap.h"

#define TCP4(remote, state) "   0: 0F02000A:8C5E " remote " " state " 00000000:00000000 00:00000000 00000000     0        0 4711 1"
#define TCP6(remote, state)                                                                                        \
	"   0: 00000000000000000000000000000000:0016 " remote " " state " 00000000:00000000 00:00000000 00000000 0 0 1"

TEST(a_line_of_proc_with_a_peer_elsewhere_is_foreign)
{
	CHECK(sockets_line_is_foreign(TCP4("0202000A:0050", "01")));
	CHECK(sockets_line_is_foreign(TCP4("0202000A:0050", "02")));
	CHECK(sockets_line_is_foreign(TCP4("0000007E:0050", "01")));
	CHECK(sockets_line_is_foreign(TCP6("000080FE00000000FF005450563412FE:0050", "01")));
	CHECK(sockets_line_is_foreign(TCP6("0000000000000000FFFF00000202000A:0050", "08")));
}

TEST(a_line_of_a_listener_of_time_wait_or_of_loopback_is_not)
{
	CHECK(!sockets_line_is_foreign(TCP4("00000000:0000", "0A")));
	CHECK(!sockets_line_is_foreign(TCP4("0202000A:0050", "0A")));
	CHECK(!sockets_line_is_foreign(TCP4("0202000A:0050", "06")));
	CHECK(!sockets_line_is_foreign(TCP4("0100007F:0050", "01")));
	CHECK(!sockets_line_is_foreign(TCP4("00000000:0000", "07")));
	CHECK(!sockets_line_is_foreign(TCP6("00000000000000000000000001000000:0050", "01")));
	CHECK(!sockets_line_is_foreign(TCP6("0000000000000000FFFF00000100007F:0050", "01")));
	CHECK(!sockets_line_is_foreign(TCP6("00000000000000000000000000000000:0000", "07")));
}

TEST(a_line_that_is_none_is_not)
{
	static const char *const lines[] = {
		"", ":", "  sl  local_address rem_address   st tx_queue", "0: ", "0: 0F02000A:8C5E", "0: 0F02000A:8C5E ",
		"0: 0F02000A:8C5E 0202000A", "0: 0F02000A:8C5E 0202:0050 01", "0: 0F02000A:8C5E 0202000A0:0050 01",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK(!sockets_line_is_foreign(lines[i]));
}

TEST(only_a_count_that_is_there_and_zero_means_none)
{
	static const char counts[] = "sockets: used 59\nTCP: inuse 1 orphan 0 tw 6 alloc 1 mem 67\nUDP: inuse 0 mem 0\nUDPLITE: inuse 3\n";

	CHECK(sockets_count_is_none(counts, "UDP: inuse "));
	CHECK(!sockets_count_is_none(counts, "TCP: inuse "));
	CHECK(!sockets_count_is_none(counts, "TCP6: inuse "));
	CHECK(!sockets_count_is_none("", "TCP: inuse "));
	CHECK(!sockets_count_is_none("TCP: inuse ", "TCP: inuse "));
}

static struct inet_diag_msg message(uint8_t family, const char *remote, uint8_t state)
{
	struct inet_diag_msg m = { .idiag_family = family, .idiag_state = state };

	CHECK(inet_pton(family, remote, m.id.idiag_dst) == 1);
	return m;
}

static bool is_foreign(uint8_t family, const char *remote, uint8_t state)
{
	struct inet_diag_msg m = message(family, remote, state);
	struct netaddr own[2];

	CHECK(netaddr_parse_prefix("10.0.2.15/24", &own[0]) && netaddr_parse_prefix("fd00::2/64", &own[1]));
	return sockets_is_foreign(&m, own, 2);
}

TEST(a_socket_whose_peer_is_elsewhere_is_foreign_in_every_state_that_has_one)
{
	CHECK(is_foreign(AF_INET, "10.0.2.2", TCP_ESTABLISHED));
	CHECK(is_foreign(AF_INET, "10.0.2.16", TCP_SYN_SENT));
	CHECK(is_foreign(AF_INET6, "fd00::3", TCP_FIN_WAIT1));
	CHECK(is_foreign(AF_INET6, "::ffff:10.0.2.2", TCP_CLOSE_WAIT));
}

TEST(a_socket_within_the_guest_or_without_a_peer_is_not)
{
	CHECK(!is_foreign(AF_INET, "127.0.0.1", TCP_ESTABLISHED));
	CHECK(!is_foreign(AF_INET, "127.9.0.1", TCP_ESTABLISHED));
	CHECK(!is_foreign(AF_INET6, "::1", TCP_ESTABLISHED));
	CHECK(!is_foreign(AF_INET6, "::ffff:127.0.0.1", TCP_ESTABLISHED));
	CHECK(!is_foreign(AF_INET, "0.0.0.0", TCP_CLOSE));
	CHECK(!is_foreign(AF_INET6, "::", TCP_CLOSE));
	CHECK(!is_foreign(AF_INET, "10.0.2.2", TCP_LISTEN));
	CHECK(!is_foreign(AF_INET, "10.0.2.2", TCP_TIME_WAIT));
}

TEST(a_socket_to_one_of_the_guests_own_addresses_is_not)
{
	CHECK(!is_foreign(AF_INET, "10.0.2.15", TCP_ESTABLISHED));
	CHECK(!is_foreign(AF_INET6, "fd00::2", TCP_ESTABLISHED));
	CHECK(!is_foreign(AF_INET6, "::ffff:10.0.2.15", TCP_ESTABLISHED));
}
