/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages that change the network: collected, sent in batches, and each one reported as the change that it makes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/network/netstate.h"
#include "agent/protocol/change_report.h"
#include "agent/protocol/config.h"
#include "common/netlink/netlink_socket.h"

#define NETWORK_INTERFACES 64	/* as config.def has it */
/* Messages of one batch: the buffer has room for 128 of the longest. */
#define NETWORK_STEPS 128

enum network_step_kind {
	STEP_CHANGE,	/* reported as a change or as a failure */
	STEP_REMOVE,	/* as STEP_CHANGE; success without a report if the object does not exist */
	STEP_QUIET,	/* part of a change: only a failure is reported */
	STEP_FORGET,	/* never reported: the kernel may have removed the entry by itself */
};

struct network_step {
	enum network_step_kind kind;
	char path[CHANGE_REPORT_PATH_SIZE];
	char what[CHANGE_REPORT_PATH_SIZE];
};

struct network_work {
	struct netlink nl;
	struct netstate now;
	struct change_report *report;
	const struct config_interface_list *interfaces;
	bool links_are_read;			/* no message was sent to a link since links were read */
	int index[NETWORK_INTERFACES];		/* of the interface's link; 0: no link, which was reported */
	bool touched[NETWORK_INTERFACES];	/* address or MAC changed: learned neighbours are invalid */
	struct netlink_out out;
	struct network_step step[NETWORK_STEPS];
	struct netlink_ack ack[NETWORK_STEPS];
	alignas(4) uint8_t buffer[NETWORK_STEPS * 256];
};

/* Describes the next message of work->out. key is relative to "network.interfaces[i]", or "" for the interface itself. */
void network_step(struct network_work *work, enum network_step_kind kind, size_t i, const char *key, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* As network_step(), with the full path of a key. */
void network_step_at(struct network_work *work, enum network_step_kind kind, const char *path, const char *what);

/* Sends the batch and reports each message. */
void network_flush(struct network_work *work);

/* Reports a failure that no message had. */
void network_fail(struct network_work *work, size_t i, const char *key, int error_number, const char *what);

/* The index of the plan's interface that has the link `index`; negative: none. */
int network_interface_of(const struct network_work *work, int index);
