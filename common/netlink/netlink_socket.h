/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation with the kernel over a netlink socket, by blocking calls: for work that is a process of its own
 * (agent/core/job.h), because rtnetlink waits for whoever holds its lock.
 */
#pragma once

#include <stdalign.h>

#include "common/netlink/netlink.h"

/* What the kernel makes of a dump at most in one piece. */
#define NETLINK_IN_SIZE 32768

struct netlink {
	int fd;
	uint32_t seq;			/* of the message that was sent last */
	alignas(4) uint8_t in[NETLINK_IN_SIZE];
};

/* protocol: NETLINK_ROUTE, NETLINK_SOCK_DIAG, … 0 or -errno. */
int netlink_open(struct netlink *nl, int protocol);
void netlink_close(struct netlink *nl);

/*
 * Sends every message of out in few batches, in order, and waits for what the kernel says to each: ret_acks has out->count
 * items. A message that is refused does not stop the others. 0; or -errno when the conversation itself broke, and ret_acks
 * says -ECANCELED of those that got no answer.
 */
int netlink_run(struct netlink *nl, struct netlink_out *out, struct netlink_ack *ret_acks);

struct netlink_sink {
	void (*restart)(void *data);	/* all that each() was told is void: the dump begins anew */
	void (*each)(void *data, const struct netlink_message *message);
	void *data;
};

/*
 * Asks for a list. A list that changed while it was told is asked for again, NETLINK_DUMP_TRIES times in all; then -EAGAIN.
 * 0 or -errno.
 */
int netlink_dump(struct netlink *nl, uint16_t type, const void *fixed, size_t len, const struct netlink_sink *sink);

/* Somebody who changes the tables without end must not keep us here for ever. */
#define NETLINK_DUMP_TRIES 8
