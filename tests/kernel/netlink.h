/* SPDX-License-Identifier: Apache-2.0 */
/* As much netlink as it takes to ask the kernel for a thing and hear whether it has it. */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define NL_SIZE 4096

/* One datagram: one message, or several in a row. A message that does not fit ends the program. */
struct nl {
	_Alignas(NLMSG_ALIGNTO) char bytes[NL_SIZE];
	size_t used;
	size_t start;	/* of the message that is being written */
};

/* Begins a message with a fixed header of its family behind the common one. */
void nl_begin(struct nl *n, uint16_t type, uint16_t flags, const void *header, size_t len);
void nl_put(struct nl *n, uint16_t type, const void *data, size_t len);
void nl_text(struct nl *n, uint16_t type, const char *text);
void nl_u32(struct nl *n, uint16_t type, uint32_t value);
void nl_u8(struct nl *n, uint16_t type, uint8_t value);
/* In network order, as netfilter has it. */
void nl_be32(struct nl *n, uint16_t type, uint32_t value);

/* Attributes until nl_close() are the inside of this one. */
size_t nl_open(struct nl *n, uint16_t type);
void nl_close(struct nl *n, size_t nest);

/* Sends, and waits until `answers` messages came back. The first error among them as an errno, else 0. */
int nl_ask(struct nl *n, int protocol, int answers);

/* A network namespace of the test's own, with loopback up. */
void own_network(void);
