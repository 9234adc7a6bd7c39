/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts connections, and turns away those who may not call. */
#pragma once

#include <stdbool.h>

#include "agent/server/dispatch.h"

struct agent;

/* What stands behind the server, given to it by main(). */
struct server_calls {
	/* Somebody who may call does so; comes before there is a connection. */
	void (*caller)(struct agent *agent, bool from_host);
	/* Serves a request that is decoded, or refuses it. */
	enum handled (*serve)(struct conn *c, const struct request *request, struct reply *reply);
	/* The vsock device reset a connection that stood: what a VM that is restored does. */
	void (*reset)(struct agent *agent);
};

/* Serves a bound, listening, non-blocking socket (consumed, on failure too). 0 or -errno. */
int server_listen_fd(struct agent *agent, int fd);

/* Binds a unix socket of mode 0600 at path, in place of the file that an agent before us left, and serves it. 0 or -errno. */
int server_listen_unix(struct agent *agent, const char *path);
