/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the layout of netlink messages: header, fixed part, attributes, each padded to 4 bytes.
 *
 * Never: trusts a length, writes after the buffer's end, uses an fd.
 */
#include "common/netlink/netlink.h"

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#define HEADER_SIZE sizeof(struct nlmsghdr)
#define ATTRIBUTE_SIZE sizeof(struct nlattr)
/* A length field has 16 bits. */
#define ATTRIBUTE_MAX (UINT16_MAX - ATTRIBUTE_SIZE)

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* Room for len bytes, padded with zeros; NULL when there is none. */
static uint8_t *append(struct netlink_out *out, size_t len)
{
	uint8_t *at = out->data + out->len;

	if (out->failed || len > out->size || padded(len) > out->size - out->len) {
		out->failed = true;
		return NULL;
	}
	memset(at, 0, padded(len));
	out->len += padded(len);
	return at;
}

static void set_message_length(struct netlink_out *out)
{
	uint32_t len = (uint32_t)(out->len - out->message);

	memcpy(out->data + out->message + offsetof(struct nlmsghdr, nlmsg_len), &len, sizeof(len));
}

static void set_attribute_length(struct netlink_out *out, size_t at, size_t len)
{
	uint16_t value = (uint16_t)len;

	memcpy(out->data + at + offsetof(struct nlattr, nla_len), &value, sizeof(value));
}

void netlink_begin(struct netlink_out *out, uint16_t type, uint16_t flags, const void *fixed, size_t len)
{
	struct nlmsghdr header = { .nlmsg_type = type, .nlmsg_flags = flags };
	size_t start = out->len;
	uint8_t *at = append(out, HEADER_SIZE + len);

	if (!at)
		return;
	memcpy(at, &header, HEADER_SIZE);
	if (len)
		memcpy(at + HEADER_SIZE, fixed, len);
	out->message = start;
	out->count++;
	set_message_length(out);
}

void netlink_put(struct netlink_out *out, uint16_t type, const void *data, size_t len)
{
	struct nlattr header = { .nla_type = type };
	size_t start = out->len;
	uint8_t *at = len <= ATTRIBUTE_MAX ? append(out, ATTRIBUTE_SIZE + len) : NULL;

	if (!at) {
		out->failed = true;
		return;
	}
	memcpy(at, &header, ATTRIBUTE_SIZE);
	if (len)
		memcpy(at + ATTRIBUTE_SIZE, data, len);
	set_attribute_length(out, start, ATTRIBUTE_SIZE + len);
	set_message_length(out);
}

void netlink_put_u32(struct netlink_out *out, uint16_t type, uint32_t value)
{
	netlink_put(out, type, &value, sizeof(value));
}

void netlink_put_text(struct netlink_out *out, uint16_t type, const char *text)
{
	netlink_put(out, type, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_out *out, uint16_t type)
{
	size_t start = out->len;

	netlink_put(out, type | NLA_F_NESTED, NULL, 0);
	return start;
}

void netlink_nest_end(struct netlink_out *out, size_t nest)
{
	size_t len = out->len - nest;

	if (out->failed || len > UINT16_MAX) {
		out->failed = true;
		return;
	}
	set_attribute_length(out, nest, len);
}

static void skip(struct netlink_in *in, size_t len)
{
	/* The last one may come without its padding. */
	size_t step = padded(len) < in->left ? padded(len) : in->left;

	in->at += step;
	in->left -= step;
}

bool netlink_next_message(struct netlink_in *in, struct netlink_message *ret)
{
	struct nlmsghdr header;

	if (in->left < HEADER_SIZE)
		return false;
	memcpy(&header, in->at, HEADER_SIZE);
	if (header.nlmsg_len < HEADER_SIZE || header.nlmsg_len > in->left)
		return false;
	*ret = (struct netlink_message){
		.type = header.nlmsg_type,
		.flags = header.nlmsg_flags,
		.seq = header.nlmsg_seq,
		.body = { in->at + HEADER_SIZE, header.nlmsg_len - HEADER_SIZE },
	};
	skip(in, header.nlmsg_len);
	return true;
}

bool netlink_next_attribute(struct netlink_in *in, struct netlink_attribute *ret)
{
	struct nlattr header;

	if (in->left < ATTRIBUTE_SIZE)
		return false;
	memcpy(&header, in->at, ATTRIBUTE_SIZE);
	if (header.nla_len < ATTRIBUTE_SIZE || header.nla_len > in->left)
		return false;
	ret->type = header.nla_type & NLA_TYPE_MASK;
	ret->value = (struct netlink_in){ in->at + ATTRIBUTE_SIZE, header.nla_len - ATTRIBUTE_SIZE };
	skip(in, header.nla_len);
	return true;
}

bool netlink_take(struct netlink_in *in, void *to, size_t len)
{
	if (in->left < len)
		return false;
	memcpy(to, in->at, len);
	skip(in, len);
	return true;
}

bool netlink_copy(const struct netlink_attribute *attribute, void *to, size_t len)
{
	if (attribute->value.left != len)
		return false;
	memcpy(to, attribute->value.at, len);
	return true;
}

void netlink_copy_text(const struct netlink_attribute *attribute, char *to, size_t size)
{
	size_t len = strnlen((const char *)attribute->value.at, attribute->value.left);

	if (len > size - 1)
		len = size - 1;
	memcpy(to, attribute->value.at, len);
	to[len] = '\0';
}

bool netlink_read_ack(const struct netlink_message *message, struct netlink_ack *ret)
{
	struct netlink_in in = message->body;
	struct netlink_attribute attribute;
	struct nlmsgerr fixed;
	size_t quoted;

	*ret = (struct netlink_ack){ 0 };
	if (!netlink_take(&in, &fixed, sizeof(fixed)))
		return false;
	/* Positive numbers are none that the kernel sends. */
	ret->error = fixed.error > 0 ? -EPROTO : fixed.error;
	if (!(message->flags & NLM_F_ACK_TLVS))
		return true;
	/* A failure quotes the whole message that it is about, unless the socket said that it need not. */
	quoted = fixed.msg.nlmsg_len < HEADER_SIZE ? 0 : fixed.msg.nlmsg_len - HEADER_SIZE;
	if (fixed.error && !(message->flags & NLM_F_CAPPED)) {
		if (quoted > in.left)
			return true;
		skip(&in, quoted);
	}
	while (netlink_next_attribute(&in, &attribute))
		if (attribute.type == NLMSGERR_ATTR_MSG)
			netlink_copy_text(&attribute, ret->text, sizeof(ret->text));
	return true;
}
