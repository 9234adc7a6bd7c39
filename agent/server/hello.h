/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that the agent sends unasked: the hello of a connection, and the event of a dial to the host. */
#pragma once

#include "agent/server/dial_host.h"

struct buf;
struct conn;

/* Queues the hello: the first frame of each connection. */
void hello_send(struct conn *c);

/* Writes the event of agent->server->notify, a whole object. */
void hello_write_event(const struct agent *agent, struct buf *b);

/* The event's name on the wire. */
const char *hello_event_name(enum dial_host_event event);
