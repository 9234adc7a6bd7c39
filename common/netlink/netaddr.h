/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4, IPv6 and MAC addresses as text and as bytes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETADDR_TEXT_SIZE 52	/* 39 of IPv6, "/128", NUL, and some */
#define NETADDR_MAC_SIZE 6
#define NETADDR_MAC_TEXT_SIZE 18

struct netaddr {
	uint8_t family;		/* AF_INET, AF_INET6, or 0: none */
	uint8_t prefix;		/* bits */
	uint8_t bytes[16];	/* 4 or 16 count, the others are 0 */
};

/* "10.0.0.2", "fd00::2": prefix is all bits. False: *ret is left alone. */
bool netaddr_parse(const char *text, struct netaddr *ret);

/* The same with "/24" behind it, which is needed. */
bool netaddr_parse_prefix(const char *text, struct netaddr *ret);

/* False where a bit below the prefix is set: it is a host's address, not a network's. */
bool netaddr_is_network(const struct netaddr *address);

bool netaddr_is_equal(const struct netaddr *a, const struct netaddr *b);

/* 4 or 16; 0 for none. */
size_t netaddr_len(const struct netaddr *address);

/* As RFC 5952 has it; with "/24" behind it if with_prefix. "" for none. */
void netaddr_format(const struct netaddr *address, bool with_prefix, char text[NETADDR_TEXT_SIZE]);

/* "52:54:00:12:34:56". */
bool netaddr_parse_mac(const char *text, uint8_t ret[NETADDR_MAC_SIZE]);
void netaddr_format_mac(const uint8_t mac[NETADDR_MAC_SIZE], char text[NETADDR_MAC_TEXT_SIZE]);
