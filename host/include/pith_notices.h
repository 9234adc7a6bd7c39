/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of libpith that is called by the guest: with pith.notify=PORT it dials the host when it is ready (docs/reference/protocol.md,
 * section 8). See pith.h for what all calls have in common.
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
 * Whoever runs in the guest can dial that port too: a notice is a hint, and what a connection says in its hello is the answer.
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
	const char *json;		/* as it came; valid until the listener's next call */
};

/*
 * Listens where the guest's dial comes out: "hybrid:/path:PORT" is the unix socket /path_PORT beside the VMM's, "unix:/path" one of
 * that name, "vsock:CID:PORT" the host's own port, for that guest only. A socket that nobody listens on any more is replaced. The
 * caller gives *ret to pith_listener_close().
 */
enum pith_code pith_listen(const char *address, struct pith_listener **ret, struct pith_error *err);

/* Removes the socket. Accepts NULL. */
void pith_listener_close(struct pith_listener *listener);

/*
 * Waits for the next notice and acknowledges it. Callers that say something else, or nothing for 5 s, are turned away. PITH_DEADLINE
 * after timeout_ms.
 */
enum pith_code pith_take_notice(struct pith_listener *listener, int64_t timeout_ms, struct pith_notice *ret,
				struct pith_error *err);
