/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the spelling of addresses. Never: asks anybody what a name means. */
#include "common/netlink/netaddr.h"

#include <string.h>

#include <arpa/inet.h>

#include "common/fmt.h"

#define GROUPS 8

static uint8_t all_bits(uint8_t family)
{
	return family == AF_INET ? 32 : 128;
}

bool netaddr_parse(const char *text, struct netaddr *ret)
{
	struct netaddr address = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(address.family, text, address.bytes) != 1)
		return false;
	address.prefix = all_bits(address.family);
	*ret = address;
	return true;
}

bool netaddr_parse_prefix(const char *text, struct netaddr *ret)
{
	const char *slash = strchr(text, '/');
	struct netaddr address;
	char host[NETADDR_TEXT_SIZE];
	unsigned int prefix = 0;
	const char *p;

	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (!netaddr_parse(host, &address))
		return false;
	for (p = slash + 1; *p >= '0' && *p <= '9' && prefix <= 128; p++)
		prefix = prefix * 10 + (unsigned int)(*p - '0');
	if (*p || p == slash + 1 || prefix > address.prefix)
		return false;
	address.prefix = (uint8_t)prefix;
	*ret = address;
	return true;
}

bool netaddr_is_network(const struct netaddr *address)
{
	size_t whole = address->prefix / 8;
	uint8_t below = (uint8_t)(0xff >> address->prefix % 8);

	for (size_t i = whole; i < netaddr_len(address); i++) {
		if (address->bytes[i] & below)
			return false;
		below = 0xff;
	}
	return true;
}

bool netaddr_is_equal(const struct netaddr *a, const struct netaddr *b)
{
	return a->family == b->family && a->prefix == b->prefix && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

size_t netaddr_len(const struct netaddr *address)
{
	return address->family ? all_bits(address->family) / 8 : 0;
}

/* The first of the longest runs of at least two groups of zeros: *ret_len is 0 where there is none. */
static int longest_zeros(const unsigned int group[GROUPS], int *ret_len)
{
	int best = 0, best_len = 1;

	for (int i = 0; i < GROUPS; i++) {
		int len = 0;

		while (i + len < GROUPS && group[i + len] == 0)
			len++;
		if (len > best_len) {
			best = i;
			best_len = len;
		}
	}
	*ret_len = best_len > 1 ? best_len : 0;
	return best;
}

static size_t format_six(const uint8_t bytes[16], char *text, size_t size)
{
	unsigned int group[GROUPS];
	size_t len = 0;
	int zeros, zeros_len;

	for (int i = 0; i < GROUPS; i++)
		group[i] = (unsigned int)bytes[2 * i] << 8 | bytes[2 * i + 1];
	zeros = longest_zeros(group, &zeros_len);
	for (int i = 0; i < GROUPS; i++) {
		bool first = i == 0 || (zeros_len && i == zeros + zeros_len);

		if (zeros_len && i == zeros) {
			len += fmt_text(text + len, size - len, "::");
			i += zeros_len - 1;
			continue;
		}
		len += fmt_text(text + len, size - len, first ? "%x" : ":%x", group[i]);
	}
	return len;
}

void netaddr_format(const struct netaddr *address, bool with_prefix, char text[NETADDR_TEXT_SIZE])
{
	const uint8_t *b = address->bytes;
	size_t len = 0;

	text[0] = '\0';
	if (!address->family)
		return;
	if (address->family == AF_INET)
		len = fmt_text(text, NETADDR_TEXT_SIZE, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	else
		len = format_six(b, text, NETADDR_TEXT_SIZE);
	if (with_prefix)
		fmt_text(text + len, NETADDR_TEXT_SIZE - len, "/%u", address->prefix);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool netaddr_parse_mac(const char *text, uint8_t ret[NETADDR_MAC_SIZE])
{
	uint8_t mac[NETADDR_MAC_SIZE];

	if (strlen(text) != NETADDR_MAC_TEXT_SIZE - 1)
		return false;
	for (int i = 0; i < NETADDR_MAC_SIZE; i++) {
		int high = hex_value(text[3 * i]), low = hex_value(text[3 * i + 1]);

		if (high < 0 || low < 0 || text[3 * i + 2] != (i == NETADDR_MAC_SIZE - 1 ? '\0' : ':'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret, mac, sizeof(mac));
	return true;
}

void netaddr_format_mac(const uint8_t mac[NETADDR_MAC_SIZE], char text[NETADDR_MAC_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < NETADDR_MAC_SIZE; i++) {
		text[3 * i] = hex[mac[i] >> 4];
		text[3 * i + 1] = hex[mac[i] & 15];
		text[3 * i + 2] = i == NETADDR_MAC_SIZE - 1 ? '\0' : ':';
	}
}
