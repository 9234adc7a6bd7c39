/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts connections, and turns away those who may not call. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/server/boot_timeline.h"
#include "agent/server/dial_host.h"
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

struct listener {
	struct watch watch;
	struct agent *agent;
	bool inside;		/* its callers are the guest's own root */
};

struct server {
	struct agent *agent;
	const struct server_calls *calls;
	struct listener listeners[2];	/* what PID 1 bound, or --listen; PITH_GUEST_SOCKET */
	int spare_fd;			/* given up for a moment to refuse a connection when there are no fds left */
	bool asks_token;		/* callers from outside must give the configuration's token */
	_Atomic uint32_t *token_version;	/* counts each new token; shared with the workers, whose connections are asked too */
	struct conn *newest, *oldest;
	size_t connections;
	size_t bodies_bytes;		/* memory in half-received JSON bodies */
	struct conn *dirty;
	const char *request_text;	/* of the request that is being handled: for who must decode it again */
	size_t request_len;
	struct dial_host notify;		/* the dial to the host */
	struct boot_step boot[BOOT_STEPS];
	size_t boot_count;
};

/* Makes agent->server. 0 or -errno. */
int server_init(struct agent *agent, const struct server_calls *calls);

/* Serves a bound, listening, non-blocking socket (consumed, on failure too). 0 or -errno. */
int server_listen_fd(struct agent *agent, int fd);

/* Binds a unix socket of mode 0600 at path, in place of the file that an agent before us left, and serves it. 0 or -errno. */
int server_listen_unix(struct agent *agent, const char *path);
