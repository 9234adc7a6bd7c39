/* SPDX-License-Identifier: Apache-2.0 */
/* The messages by which a network is changed: gathered, sent in batches, and each told in the report as what it did. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/network/netstate.h"
#include "agent/protocol/change_report.h"
#include "agent/protocol/config.h"
#include "common/netlink/netlink_socket.h"

#define NETWORK_INTERFACES 64	/* as config.def has it */
/* Of one batch: the buffer has room for that many of the longest. */
#define NETWORK_STEPS 128

enum network_step_kind {
	STEP_CHANGE,	/* told as a change, or as a failure */
	STEP_REMOVE,	/* the same, and what is gone already was gone */
	STEP_QUIET,	/* on the way to a change: only its failure is told */
	STEP_FORGET,	/* nothing is told: the kernel may have forgotten it by itself */
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
	bool links_are_read;			/* and nothing was sent to one since */
	int index[NETWORK_INTERFACES];		/* of the link that is meant; 0: there is none, which was told */
	bool touched[NETWORK_INTERFACES];	/* its address or MAC changed: what it knew of neighbours is void */
	struct netlink_out out;
	struct network_step step[NETWORK_STEPS];
	struct netlink_ack ack[NETWORK_STEPS];
	alignas(4) uint8_t buffer[NETWORK_STEPS * 256];
};

/* Describes the message that is built next into work->out. key is behind "network.interfaces[i].", or "" for the interface. */
void network_step(struct network_work *work, enum network_step_kind kind, size_t i, const char *key, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same with a path of another kind. */
void network_step_at(struct network_work *work, enum network_step_kind kind, const char *path, const char *what);

/* Sends what there is and tells the report. */
void network_flush(struct network_work *work);

/* A failure of our own. */
void network_fail(struct network_work *work, size_t i, const char *key, int error_number, const char *what);

/* Which of the plan's interfaces is that link? Negative: none. */
int network_interface_of(const struct network_work *work, int index);
