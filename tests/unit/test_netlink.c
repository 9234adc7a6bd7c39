/* SPDX-License-Identifier: Apache-2.0 */
/* links: common/netlink/netlink.c common/netlink/netlink_socket.c */
/* Claims about netlink messages, and about the conversation with the real kernel as far as it needs no rights. */
#include "common/netlink/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "common/netlink/netlink_socket.h"
#include "tests/harness/tap.h"

static alignas(4) uint8_t buffer[256];
static struct netlink talk;

TEST(what_was_built_is_read_back)
{
	struct netlink_out out = NETLINK_OUT(buffer);
	struct netlink_in in, inner;
	struct netlink_message message;
	struct netlink_attribute attribute;
	uint32_t fixed = 7, value = 0;
	char text[4];
	size_t nest;

	netlink_begin(&out, 20, NLM_F_CREATE, &fixed, sizeof(fixed));
	netlink_put_text(&out, 3, "abcdef");
	nest = netlink_nest(&out, 9);
	netlink_put_u32(&out, 1, 99);
	netlink_put(&out, 2, "x", 1);
	netlink_nest_end(&out, nest);
	netlink_begin(&out, 21, 0, NULL, 0);
	REQUIRE(!out.failed);
	CHECK_INT(out.count, ==, 2);

	in = (struct netlink_in){ buffer, out.len };
	REQUIRE(netlink_next_message(&in, &message));
	CHECK_INT(message.type, ==, 20);
	CHECK_INT(message.flags, ==, NLM_F_CREATE);
	fixed = 0;
	REQUIRE(netlink_take(&message.body, &fixed, sizeof(fixed)));
	CHECK_INT(fixed, ==, 7);
	REQUIRE(netlink_next_attribute(&message.body, &attribute));
	CHECK_INT(attribute.type, ==, 3);
	netlink_copy_text(&attribute, text, sizeof(text));
	CHECK_STR(text, "abc");
	REQUIRE(netlink_next_attribute(&message.body, &attribute));
	CHECK_INT(attribute.type, ==, 9);
	inner = attribute.value;
	REQUIRE(netlink_next_attribute(&inner, &attribute));
	CHECK(netlink_copy(&attribute, &value, sizeof(value)) && value == 99);
	CHECK(!netlink_copy(&attribute, text, 2));
	REQUIRE(netlink_next_attribute(&inner, &attribute));
	CHECK_INT(attribute.value.left, ==, 1);
	CHECK(!netlink_next_attribute(&inner, &attribute));
	CHECK(!netlink_next_attribute(&message.body, &attribute));
	REQUIRE(netlink_next_message(&in, &message));
	CHECK_INT(message.type, ==, 21);
	CHECK(!netlink_next_message(&in, &message));
}

TEST(what_does_not_fit_makes_the_whole_fail_and_is_not_written)
{
	static alignas(4) uint8_t small[64];
	struct netlink_out out = { .data = small, .size = 36 };

	memset(small, 0xee, sizeof(small));
	netlink_begin(&out, 20, 0, NULL, 0);
	netlink_put(&out, 1, "0123456789abcdefghij", 17);
	CHECK(out.failed);
	netlink_put(&out, 1, "", 0);
	CHECK(out.failed);
	CHECK_INT(small[36], ==, 0xee);
}

/* One message with these bytes behind its header, whose length says what is said. */
static bool read_attribute(const char *bytes, size_t len)
{
	struct netlink_in in = { (const uint8_t *)bytes, len };
	struct netlink_attribute attribute;

	return netlink_next_attribute(&in, &attribute);
}

TEST(lengths_that_cannot_be_end_the_reading)
{
	static const uint8_t short_header[] = { 15, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t long_header[] = { 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct netlink_in in = { short_header, sizeof(short_header) };
	struct netlink_message message;

	CHECK(!netlink_next_message(&in, &message));
	in = (struct netlink_in){ long_header, sizeof(long_header) };
	CHECK(!netlink_next_message(&in, &message));
	CHECK(!read_attribute("\x03\x00\x01\x00", 4));
	CHECK(!read_attribute("\x05\x00\x01\x00", 4));
	CHECK(!read_attribute("\x04\x00\x01", 3));
	CHECK(read_attribute("\x04\x00\x01\x00", 4));
}

static void build_error(struct netlink_out *out, uint16_t flags, uint32_t quoted, size_t quoted_there)
{
	struct nlmsgerr error = { .error = -EEXIST, .msg.nlmsg_len = quoted };
	uint8_t fixed[sizeof(error) + 32] = { 0 };

	memcpy(fixed, &error, sizeof(error));
	netlink_begin(out, NLMSG_ERROR, flags, fixed, sizeof(error) + quoted_there);
	netlink_put_text(out, NLMSGERR_ATTR_MSG, "it is there");
}

TEST(the_words_of_the_kernel_are_found_behind_a_quoted_message_and_without_one)
{
	static const struct {
		uint16_t flags;
		uint32_t quoted;
		size_t there;
		const char *text;
	} rows[] = {
		{ NLM_F_ACK_TLVS | NLM_F_CAPPED, 999, 0, "it is there" },
		{ NLM_F_ACK_TLVS, 16 + 32, 32, "it is there" },
		{ NLM_F_ACK_TLVS, 16, 0, "it is there" },
		{ NLM_F_ACK_TLVS, 3, 0, "it is there" },
		{ NLM_F_ACK_TLVS, 0xffffffff, 0, "" },
		{ 0, 16, 0, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct netlink_out out = NETLINK_OUT(buffer);
		struct netlink_message message;
		struct netlink_in in;
		struct netlink_ack ack;

		tap_diag("row %zu", i);
		build_error(&out, rows[i].flags, rows[i].quoted, rows[i].there);
		REQUIRE(!out.failed);
		in = (struct netlink_in){ buffer, out.len };
		REQUIRE(netlink_next_message(&in, &message));
		REQUIRE(netlink_read_ack(&message, &ack));
		CHECK_INT(ack.error, ==, -EEXIST);
		CHECK_STR(ack.text, rows[i].text);
	}
}

struct seen {
	size_t restarts;
	size_t links;
	bool loopback;
};

static void restart(void *data)
{
	struct seen *seen = data;

	seen->links = 0;
	seen->restarts++;
}

static void each(void *data, const struct netlink_message *message)
{
	struct seen *seen = data;
	struct netlink_in in = message->body;
	struct netlink_attribute attribute;
	struct ifinfomsg info;

	if (message->type != RTM_NEWLINK || !netlink_take(&in, &info, sizeof(info)))
		return;
	seen->links++;
	while (netlink_next_attribute(&in, &attribute)) {
		char name[16];

		if (attribute.type != IFLA_IFNAME)
			continue;
		netlink_copy_text(&attribute, name, sizeof(name));
		if (strcmp(name, "lo") == 0)
			seen->loopback = true;
	}
}

TEST(a_dump_of_the_kernels_links_has_the_loopback)
{
	struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	struct seen seen = { 0 };
	struct netlink_sink sink = { restart, each, &seen };

	REQUIRE_INT(netlink_open(&talk, NETLINK_ROUTE), ==, 0);
	CHECK_INT(netlink_dump(&talk, RTM_GETLINK, &fixed, sizeof(fixed), &sink), ==, 0);
	CHECK_INT(seen.restarts, >=, 1);
	CHECK_INT(seen.links, >=, 1);
	CHECK(seen.loopback);
	netlink_close(&talk);
}

TEST(each_message_of_a_batch_has_the_kernels_own_answer_and_one_that_fails_stops_none)
{
	static alignas(4) uint8_t large[16384];
	struct netlink_out out = NETLINK_OUT(large);
	struct netlink_ack acks[150];
	struct ifinfomsg fixed = { .ifi_index = 1 };

	/* More than one batch: lo can be asked for, a type that does not exist cannot. */
	for (size_t i = 0; i < 150; i++)
		netlink_begin(&out, i % 3 ? RTM_GETLINK : 999, 0, &fixed, sizeof(fixed));
	REQUIRE(!out.failed);
	REQUIRE_INT(netlink_open(&talk, NETLINK_ROUTE), ==, 0);
	CHECK_INT(netlink_run(&talk, &out, acks), ==, 0);
	for (size_t i = 0; i < 150; i++)
		if (!CHECK_INT(acks[i].error, ==, i % 3 ? 0 : -EOPNOTSUPP))
			break;
	netlink_close(&talk);
}

TEST(a_dump_that_the_kernel_refuses_is_an_error)
{
	struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	struct seen seen = { 0 };
	struct netlink_sink sink = { restart, each, &seen };

	REQUIRE_INT(netlink_open(&talk, NETLINK_ROUTE), ==, 0);
	CHECK_INT(netlink_dump(&talk, 999, &fixed, sizeof(fixed), &sink), ==, -EOPNOTSUPP);
	netlink_close(&talk);
	CHECK_INT(netlink_open(&talk, 99), ==, -EPROTONOSUPPORT);
}
