/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink messages, built into and read from buffers that the caller owns.
 *
 * Pure: no fd, no allocation. What comes from the kernel is read by copying and is bounded like anything else from outside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages, one after the other. Failure is sticky: check `failed` once, at the end. */
struct netlink_out {
	uint8_t *data;		/* aligned to 4 */
	size_t size;
	size_t len;
	size_t message;		/* where the one in hand begins */
	size_t count;
	bool failed;		/* something did not fit; data is not to be sent */
};

#define NETLINK_OUT(buffer) { .data = (buffer), .size = sizeof(buffer) }

/* Begins a message; fixed (may be NULL with len 0) is what its family has before the attributes. */
void netlink_begin(struct netlink_out *out, uint16_t type, uint16_t flags, const void *fixed, size_t len);
void netlink_put(struct netlink_out *out, uint16_t type, const void *data, size_t len);
void netlink_put_u32(struct netlink_out *out, uint16_t type, uint32_t value);
/* With its NUL. */
void netlink_put_text(struct netlink_out *out, uint16_t type, const char *text);
/* An attribute that holds others: what is put up to the end is in it. */
size_t netlink_nest(struct netlink_out *out, uint16_t type);
void netlink_nest_end(struct netlink_out *out, size_t nest);

/* What is left to read. */
struct netlink_in {
	const uint8_t *at;
	size_t left;
};

struct netlink_message {
	uint16_t type;
	uint16_t flags;
	uint32_t seq;
	struct netlink_in body;
};

struct netlink_attribute {
	uint16_t type;		/* without the flags of nesting and byte order */
	struct netlink_in value;
};

/* The next one, or false: there is none, or what is left is malformed. */
bool netlink_next_message(struct netlink_in *in, struct netlink_message *ret);
bool netlink_next_attribute(struct netlink_in *in, struct netlink_attribute *ret);

/* Takes the fixed part off the front of a body; false when it is shorter than that, and nothing is taken. */
bool netlink_take(struct netlink_in *in, void *to, size_t len);

/* The value of an attribute of exactly that size; false, and *to is left alone, for any other. */
bool netlink_copy(const struct netlink_attribute *attribute, void *to, size_t len);
/* As text: cut at size - 1 bytes, always with a NUL. */
void netlink_copy_text(const struct netlink_attribute *attribute, char *to, size_t size);

#define NETLINK_TEXT_SIZE 96

/* What the kernel said to one message. */
struct netlink_ack {
	int error;			/* 0 or -errno */
	char text[NETLINK_TEXT_SIZE];	/* its own words, or "" */
};

/* Of an NLMSG_ERROR, which is what acknowledgements are too; false when it is malformed. */
bool netlink_read_ack(const struct netlink_message *message, struct netlink_ack *ret);
