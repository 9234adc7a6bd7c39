/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/netlink/netaddr.c common/fmt.c */
/* Claims about addresses as text. */
#include "common/netlink/netaddr.h"

#include "tests/harness/tap.h"

static const char *again(const char *text)
{
	static char out[NETADDR_TEXT_SIZE];
	struct netaddr address;

	if (netaddr_parse_prefix(text, &address)) {
		netaddr_format(&address, true, out);
		return out;
	}
	if (!netaddr_parse(text, &address))
		return NULL;
	netaddr_format(&address, false, out);
	return out;
}

TEST(an_address_comes_back_in_its_shortest_spelling)
{
	static const char *const pairs[][2] = {
		{ "10.0.0.2", "10.0.0.2" },
		{ "255.255.255.255/32", "255.255.255.255/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "::", "::" },
		{ "::/0", "::/0" },
		{ "::1", "::1" },
		{ "FD00:0:0:0:0:0:0:2/64", "fd00::2/64" },
		{ "2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6::", "1:2:3:4:5:6::" },
		{ "::ffff:10.0.0.1", "::ffff:a00:1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		CHECK_STR(again(pairs[i][0]), pairs[i][1]);
}

TEST(what_is_no_address_is_refused_and_nothing_is_written)
{
	static const char *const wrong[] = {
		"", "/", "/24", "10", "10.0.0", "10.0.0.256", "10.0.0.1.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1",
		"10.0.0.1/+8", "10.0.0.1/8 ", "10.0.0.1/8/8", " 10.0.0.1", "10.0.0.1/4294967304", ":", ":::", "1::2::3",
		"fd00::1/129", "fd00::1/", "fd00::g", "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", "localhost",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/64",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct netaddr address = { .family = 77 };

		tap_diag("%s", wrong[i]);
		CHECK(!netaddr_parse(wrong[i], &address));
		CHECK(!netaddr_parse_prefix(wrong[i], &address));
		CHECK_INT(address.family, ==, 77);
	}
}

TEST(a_network_has_no_bit_below_its_prefix)
{
	static const struct {
		const char *text;
		bool is_network;
	} rows[] = {
		{ "10.0.0.0/8", true },	   { "10.0.0.1/8", false },   { "10.128.0.0/9", true }, { "10.128.0.0/8", false },
		{ "0.0.0.0/0", true },	   { "128.0.0.0/0", false },  { "10.0.0.1/32", true },	{ "fd00::/64", true },
		{ "fd00::1/127", false },  { "fd00::1/128", true },   { "::/0", true },		{ "8000::/1", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netaddr address;

		tap_diag("%s", rows[i].text);
		REQUIRE(netaddr_parse_prefix(rows[i].text, &address));
		CHECK_INT(netaddr_is_network(&address), ==, rows[i].is_network);
	}
}

TEST(a_mac_is_six_bytes_in_hex_with_colons_and_nothing_else)
{
	static const char *const wrong[] = { "", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:567", "52-54-00-12-34-56",
					     "52:54:00:12:34:5g", "52:54:00:12:34:56:", "525:4:00:12:34:56" };
	uint8_t mac[NETADDR_MAC_SIZE] = { 1 };
	char text[NETADDR_MAC_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!netaddr_parse_mac(wrong[i], mac));
	CHECK_INT(mac[0], ==, 1);
	REQUIRE(netaddr_parse_mac("52:54:00:aB:Cd:eF", mac));
	CHECK_MEM(mac, "\x52\x54\x00\xab\xcd\xef", 6);
	netaddr_format_mac(mac, text);
	CHECK_STR(text, "52:54:00:ab:cd:ef");
}

TEST(equal_addresses_have_the_same_prefix_too)
{
	struct netaddr a, b;

	REQUIRE(netaddr_parse_prefix("10.0.0.1/8", &a) && netaddr_parse_prefix("10.0.0.1/9", &b));
	CHECK(!netaddr_is_equal(&a, &b));
	REQUIRE(netaddr_parse_prefix("10.0.0.1/8", &b));
	CHECK(netaddr_is_equal(&a, &b));
	CHECK_INT(netaddr_len(&a), ==, 4);
	CHECK_INT(netaddr_len(&(struct netaddr){ 0 }), ==, 0);
}
