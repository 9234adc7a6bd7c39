/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts connections, and refuses callers without the right to connect. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/server/boot_timeline.h"
#include "agent/server/dial_host.h"
#include "agent/server/dispatch.h"

struct agent;

/* Calls of the server to the rest of the agent, set by main(). */
struct server_calls {
	/* A caller with the right to connect has connected; called before the connection is made. */
	void (*caller)(struct agent *agent, bool from_host);
	/* Serves a decoded request, or refuses it. */
	enum handled (*serve)(struct conn *c, const struct request *request, struct reply *reply);
	/* The vsock device reset an established connection, as in the restore of a VM. */
	void (*reset)(struct agent *agent);
};

struct listener {
	struct watch watch;
	struct agent *agent;
	bool inside;		/* its callers are root in the guest */
};

struct server {
	struct agent *agent;
	const struct server_calls *calls;
	struct listener listeners[2];	/* the socket of PID 1 or of --listen; PITH_GUEST_SOCKET */
	int spare_fd;			/* closed for a moment to accept and refuse a caller when no fds are left */
	bool asks_token;		/* callers from outside must send the configuration's token */
	_Atomic uint32_t *token_version;	/* counts each new token; shared with the workers, which check it for their connections */
	struct conn *newest, *oldest;
	size_t connections;
	size_t bodies_bytes;		/* memory in half-received JSON bodies */
	struct conn *dirty;
	const char *request_text;	/* bytes of the request in hand, for a worker, which decodes them again */
	size_t request_len;
	struct dial_host notify;		/* the dial to the host */
	struct boot_step boot[BOOT_STEPS];
	size_t boot_count;
};

/* Makes agent->server. 0 or -errno. */
int server_init(struct agent *agent, const struct server_calls *calls);

/* Serves a bound, listening, non-blocking socket (consumed, on failure too). 0 or -errno. */
int server_listen_fd(struct agent *agent, int fd);

/*
 * Binds a unix socket of mode 0600 at path, in place of a file that an earlier agent left, and serves the socket. 0 or
 * -errno.
 */
int server_listen_unix(struct agent *agent, const char *path);
