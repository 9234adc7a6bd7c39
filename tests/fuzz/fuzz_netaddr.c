/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/netlink/netaddr.c common/fmt.c */
/*
 * The input is a text. Properties: what is no address leaves the result alone; an address that is told is read back as the same; only
 * its own bytes are set.
 */
#include "common/netlink/netaddr.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/fuzz/fuzz.h"

static void check(const struct netaddr *address)
{
	static const uint8_t zeros[16];
	size_t len = netaddr_len(address);
	char text[NETADDR_TEXT_SIZE];
	struct netaddr again;

	FUZZ_CHECK(len == 4 || len == 16);
	FUZZ_CHECK(address->prefix <= len * 8);
	FUZZ_CHECK(memcmp(address->bytes + len, zeros, 16 - len) == 0);
	netaddr_format(address, true, text);
	FUZZ_CHECK(netaddr_parse_prefix(text, &again) && netaddr_is_equal(&again, address));
	if (netaddr_is_network(address) && address->prefix < len * 8)
		FUZZ_REACHED("a network");
	if (address->family == AF_INET6)
		FUZZ_REACHED("IPv6");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netaddr address = { .family = 99 };
	uint8_t mac[NETADDR_MAC_SIZE];
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (netaddr_parse_prefix(text, &address)) {
		FUZZ_REACHED("an address with a prefix");
		check(&address);
	} else if (netaddr_parse(text, &address)) {
		FUZZ_REACHED("an address");
		check(&address);
	} else {
		FUZZ_CHECK(address.family == 99);
	}
	if (netaddr_parse_mac(text, mac)) {
		char spelled[NETADDR_MAC_TEXT_SIZE];
		uint8_t again[NETADDR_MAC_SIZE];

		FUZZ_REACHED("a MAC");
		netaddr_format_mac(mac, spelled);
		FUZZ_CHECK(netaddr_parse_mac(spelled, again) && memcmp(mac, again, sizeof(mac)) == 0);
	}
	free(text);
	return 0;
}
