/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/network/netstate.c common/netlink/netaddr.c common/fmt.c common/netlink/netlink.c common/netlink/netlink_socket.c */
/*
 * The input is a datagram of the kernel. Properties: everything that is handed out lies inside of it and goes forward; an
 * attribute that is put into a message anew is read back the same; the text of an acknowledgement is ended; links, addresses, routes
 * and neighbours that are made of it have ended names and addresses with a prefix that can be.
 */
#include "common/netlink/netlink.h"

#include <string.h>

#include <linux/netlink.h>

#include "agent/network/netstate.h"

#include "tests/fuzz/fuzz.h"

static const uint8_t *input;
static size_t input_size;

static void check_inside(const struct netlink_in *in)
{
	FUZZ_CHECK(in->at >= input && in->left <= input_size && in->at <= input + input_size - in->left);
}

static void check_again(const struct netlink_attribute *attribute)
{
	static uint32_t memory[(1 << 16) / 4];
	struct netlink_out out = { .data = (uint8_t *)memory, .size = sizeof(memory) };
	struct netlink_in in;
	struct netlink_message message;
	struct netlink_attribute again;

	netlink_begin(&out, 16, 0, NULL, 0);
	netlink_put(&out, attribute->type, attribute->value.at, attribute->value.left);
	if (out.failed)
		return;
	in = (struct netlink_in){ out.data, out.len };
	FUZZ_CHECK(netlink_next_message(&in, &message) && netlink_next_attribute(&message.body, &again));
	FUZZ_CHECK(again.type == attribute->type && again.value.left == attribute->value.left);
	FUZZ_CHECK(memcmp(again.value.at, attribute->value.at, again.value.left) == 0);
	FUZZ_REACHED("an attribute that comes back");
}

static void walk(struct netlink_in in, int depth)
{
	struct netlink_attribute attribute;
	char text[8];

	for (size_t left = in.left; netlink_next_attribute(&in, &attribute); left = in.left) {
		FUZZ_CHECK(in.left < left);
		check_inside(&attribute.value);
		check_again(&attribute);
		netlink_copy_text(&attribute, text, sizeof(text));
		FUZZ_CHECK(memchr(text, '\0', sizeof(text)));
		if (depth < 4)
			walk(attribute.value, depth + 1);
		if (depth == 1)
			FUZZ_REACHED("an attribute within another");
	}
}

static void check_ack(const struct netlink_message *message)
{
	struct netlink_ack ack;

	if (!netlink_read_ack(message, &ack))
		return;
	FUZZ_CHECK(ack.error <= 0);
	FUZZ_CHECK(memchr(ack.text, '\0', sizeof(ack.text)));
	if (ack.text[0])
		FUZZ_REACHED("the words of the kernel");
}

static void check_address(const struct netaddr *address)
{
	FUZZ_CHECK(address->prefix <= netaddr_len(address) * 8);
}

static void check_state(const struct netlink_message *message)
{
	struct net_neighbour neighbour;
	struct net_address address;
	struct net_route route;
	struct net_link link;

	if (netstate_read_link(message, &link)) {
		FUZZ_CHECK(link.index > 0 && memchr(link.name, '\0', sizeof(link.name)) && memchr(link.kind, '\0', sizeof(link.kind)));
		FUZZ_REACHED("a link");
	}
	if (netstate_read_address(message, &address)) {
		check_address(&address.address);
		FUZZ_REACHED("an address");
	}
	if (netstate_read_route(message, &route)) {
		check_address(&route.to);
		check_address(&route.via);
		check_address(&route.source);
		FUZZ_REACHED("a route");
	}
	if (netstate_read_neighbour(message, &neighbour)) {
		check_address(&neighbour.address);
		FUZZ_REACHED("a neighbour");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink_in in = { data, size };
	struct netlink_message message;

	input = data;
	input_size = size;
	for (size_t left = in.left; netlink_next_message(&in, &message); left = in.left) {
		struct netlink_in body = message.body;
		uint8_t fixed[16];

		FUZZ_CHECK(in.left < left);
		check_inside(&message.body);
		check_ack(&message);
		check_state(&message);
		if (netlink_take(&body, fixed, sizeof(fixed)))
			walk(body, 0);
	}
	return 0;
}
