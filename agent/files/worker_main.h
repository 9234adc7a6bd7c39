/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's own side: one request of a connection after the other, by blocking calls. Handlers of WORKER_REQUEST rows
 * get a struct worker_self. A handler may send events and data, and receive an upload; worker_main.c alone sends the
 * reply (R or E).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/core/limits.h"
#include "agent/files/worker.h"
#include "agent/files/worker_conn.h"
#include "agent/server/dispatch.h"

struct worker_self {
	struct worker_conn conn;
	uint64_t steps;			/* for worker_is_wanted_still() */
	int lost;			/* -errno once the connection is over: nothing more is sent */
	int root_fd;			/* O_PATH; all paths of the request are below this directory; -1 between requests */
	bool is_other;			/* the worker has taken on the identity of the request's user */
	uint64_t window;		/* credit: bytes that the host may still send */
	bool receiving;			/* inside the upload of a request */
	struct buf event;
	const char *generation;
	const _Atomic uint32_t *token_now;	/* NULL: no token is asked of this connection */
	uint32_t token_version;		/* of the token that it has given */
	struct worker_board *board;
	struct worker_slot *slot;
	int upper_fd;			/* as in struct agent */
	void (*serve)(struct worker_self *w, const struct request *request, struct reply *reply);
};

/* What the agent hands to a new worker. */
struct worker_start {
	int fd;
	const uint8_t *in;		/* bytes received after the request */
	size_t in_len;
	struct buf out;			/* frames queued and not written yet */
	const struct request *request;
	const char *generation;
	const _Atomic uint32_t *token_now;
	uint32_t token_version;
	struct worker_board *board;
	struct worker_slot *slot;
	int upper_fd;
	/* Serves or refuses a decoded request. */
	void (*serve)(struct worker_self *w, const struct request *request, struct reply *reply);
};

#define WORKER_REQUEST(name, handler) \
	enum handled handler(struct worker_self *w, const struct request_##name *request, struct reply *reply);
#include "agent/protocol/requests.def"

/* Buffer for bytes of files while a request is handled: one for all handlers, as a worker's memory counts against the guest's. */
extern uint8_t worker_bytes[LIMIT_DATA_BYTES];

/* Serves the connection to its end, and frees the worker's memory. */
void worker_serve(const struct worker_start *start);

/* As worker_serve(), then ends the process. */
_Noreturn void worker_run(const struct worker_start *start);

/*
 * The first call of every handler: takes on the identity of user (NULL: the agent's own), then opens root (NULL: /) as
 * this user. False: *reply has the reason. Identity and root last until the handler returns.
 */
bool worker_enter(struct worker_self *w, const char *user, const char *root, struct reply *reply);

/* Begins an event (V frame), and returns the buffer for its members; the event is sent with the next flush. */
struct buf *worker_event_begin(struct worker_self *w, const char *name);
void worker_event_end(struct worker_self *w);

/* Sends queued frames. False: the connection is over. */
bool worker_flush(struct worker_self *w);

/* Grants the first window; the handler writes the returned number to its event as window_bytes. */
uint32_t worker_begin_upload(struct worker_self *w);

/* Reads the next bytes of the upload: their number, 0 at its end, or -errno; -EPIPE when the host has closed the connection. */
ssize_t worker_receive(struct worker_self *w, void *to, size_t max);

/* Reads a frame inside a request that takes no event but stop. False: the frame was stop, or the connection is over. */
bool worker_receive_stop(struct worker_self *w);

/* For long requests. False, with `lost` set, once the host has closed the connection. */
bool worker_is_wanted(struct worker_self *w);

/* As worker_is_wanted(), for each of many short steps: checks at every 256th call. */
bool worker_is_wanted_still(struct worker_self *w);

/* Sets `lost` to -errno. Returns false, for `return worker_lose(…)`. */
bool worker_lose(struct worker_self *w, int r);

/* ---- worker_user.c ---- */

/* Keeps the ids of the agent, before the first request. */
void worker_user_init(void);
/* False: *reply has the reason. worker_user_leave() undoes a partial change as well. */
bool worker_user_become(struct worker_self *w, const char *spec, struct reply *reply);
void worker_user_leave(struct worker_self *w);
