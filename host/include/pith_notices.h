/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of libpith for notices: with pith.notify=PORT the guest dials the host when its agent is ready
 * (docs/reference/protocol.md, section 8). pith.h has the rules of all calls.
 *
 *	struct pith_listener *listener;
 *	struct pith_notice notice;
 *
 *	if (pith_listen("hybrid:/run/vm/vsock.sock:1001", &listener, &err) == PITH_OK) {
 *		boot the VM;
 *		code = pith_take_notice(listener, 60000, &notice, &err);
 *		pith_listener_close(listener);
 *	}
 *
 * Any program in the guest can dial this port too: a notice is only a hint; the hello of a connection to the agent is proof.
 */
#pragma once

#include "pith.h"
#include "pith_guest.h"

struct pith_listener;

struct pith_notice {
	char event[24];			/* "ready", "need_resume" */
	char version[32];		/* of the agent */
	char boot_id[40];
	char generation[40];
	uint32_t protocol_min;
	uint32_t protocol_max;
	uint64_t starts;		/* of the agent in this boot */
	uint64_t attempt;
	size_t boot_step_count;
	struct pith_boot_step boot[PITH_BOOT_STEPS_MAX];
	const char *json;		/* the agent's event, unchanged; valid until the listener's next call */
};

/*
 * Listens on the address that the guest dials: "hybrid:/path:PORT" is the unix socket /path_PORT beside the VMM's, "unix:/path" the
 * unix socket of this name, "vsock:CID:PORT" the host's own port, for the guest CID only. A socket without a listener is replaced.
 * The caller ends *ret with pith_listener_close().
 */
enum pith_code pith_listen(const char *address, struct pith_listener **ret, struct pith_error *err);

/* Removes the socket. Accepts NULL. */
void pith_listener_close(struct pith_listener *listener);

/*
 * Waits for the next notice and acknowledges it. Connections that send something else, or nothing for 5 s, are closed. PITH_DEADLINE
 * after timeout_ms.
 */
enum pith_code pith_take_notice(struct pith_listener *listener, int64_t timeout_ms, struct pith_notice *ret,
				struct pith_error *err);
