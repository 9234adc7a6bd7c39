/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker does: one request after the other of one connection, by blocking calls. Handlers of WORKER_REQUEST rows
 * get a struct worker_self; they may send events and data and receive an upload, but the R or E is sent by work.c alone, which is the
 * other half of the dispatcher (dispatch.h).
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
	uint64_t steps;			/* of worker_is_wanted_still() */
	int lost;			/* -errno once the connection is over: nothing can be told any more */
	int root_fd;			/* O_PATH: all paths of the request are below it; -1 between requests */
	bool is_other;			/* the request's user is not ours */
	uint64_t window;		/* bytes that the host may still send */
	bool receiving;			/* inside the upload of a request */
	struct buf event;
	const char *generation;
	const _Atomic uint32_t *token_now;	/* NULL: no token is asked of this connection */
	uint32_t token_version;		/* of the token that it has given */
	struct worker_board *board;
	struct worker_slot *slot;
	int upper_fd;			/* as the agent's */
	void (*serve)(struct worker_self *w, const struct request *request, struct reply *reply);
};

/* What the agent leaves to its copy. */
struct worker_start {
	int fd;
	const uint8_t *in;		/* came behind the request */
	size_t in_len;
	struct buf out;			/* queued and not written yet */
	const struct request *request;
	const char *generation;
	const _Atomic uint32_t *token_now;
	uint32_t token_version;
	struct worker_board *board;
	struct worker_slot *slot;
	int upper_fd;
	/* Serves a request that is decoded, or refuses it. */
	void (*serve)(struct worker_self *w, const struct request *request, struct reply *reply);
};

#define WORKER_REQUEST(name, handler) \
	enum handled handler(struct worker_self *w, const struct request_##name *request, struct reply *reply);
#include "agent/protocol/requests.def"

/* For bytes of files on their way, while a request is handled: one for all handlers, as a worker's memory is counted. */
extern uint8_t worker_bytes[LIMIT_DATA_BYTES];

/* Serves the connection to its end, and frees what it used. */
void worker_serve(const struct worker_start *start);

/* The same, and ends the process. */
_Noreturn void worker_run(const struct worker_start *start);

/*
 * The first act of every handler: becomes the user (NULL: stays who we are), and only then opens the root (NULL: /). False: *reply
 * says why. Both last until the handler returns.
 */
bool worker_enter(struct worker_self *w, const char *user, const char *root, struct reply *reply);

/* V: begins an event, whose members are then written to the buffer that is returned; it is sent with what follows. */
struct buf *worker_event_begin(struct worker_self *w, const char *name);
void worker_event_end(struct worker_self *w);

/* Sends what is queued. False: the connection is over. */
bool worker_flush(struct worker_self *w);

/* Grants the first window; the handler writes it to its event as window_bytes. */
uint32_t worker_begin_upload(struct worker_self *w);

/* The next bytes of the upload: their number, 0 at its end, or -errno; -EPIPE when the host is gone. */
ssize_t worker_receive(struct worker_self *w, void *to, size_t max);

/* Takes a frame inside a request that knows nothing but the event stop. False: it was that, or the connection is over. */
bool worker_receive_stop(struct worker_self *w);

/* Does the host still wait for the answer? False, and noted as lost, once it has closed. For work that is long. */
bool worker_is_wanted(struct worker_self *w);

/* The same for each of many short steps: looks at every 256th of them. */
bool worker_is_wanted_still(struct worker_self *w);

/* Notes that the connection failed with -errno. Returns false, for `return worker_lose(…)`. */
bool worker_lose(struct worker_self *w, int r);

/* ---- work_user.c ---- */

/* Who the worker is before any request. */
void worker_user_init(void);
/* False: *reply says why; worker_user_leave() takes back what was done. */
bool worker_user_become(struct worker_self *w, const char *spec, struct reply *reply);
void worker_user_leave(struct worker_self *w);
