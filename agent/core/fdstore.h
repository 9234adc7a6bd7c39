/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives the agent: fds that PID 1 keeps under keys. After a crash or an upgrade the next agent is given all of it, before
 * it does anything else; what nobody takes is dropped.
 *
 * Run by hand there is no PID 1, and nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/loop.h"
#include "common/buf.h"
#include "common/lifeline.h"

struct agent;

#define FDSTORE_FDS 8	/* of one key */

/* What came back. */
struct fdstore_entry {
	struct lifeline_give give;
	int fds[FDSTORE_FDS];	/* the taker sets to -1 what he takes */
	unsigned int fd_count;
	bool taken;
};

struct fdstore {
	struct watch lifeline;
	struct fdstore_entry *stored;	/* until fdstore_settle() */
	size_t stored_count;
	struct lifeline_given given;
	struct buf drops;	/* keys that the socket had no room for */
	bool crowded;		/* it had none for something else either */
	/* PID 1 reaped a process whose fds it keeps; the lifeline has room again for what fdstore_put() could not send. */
	void (*on_exited)(struct agent *agent, const struct lifeline_give *give);
	void (*on_room)(struct agent *agent);
};

/* Takes over the lifeline and reads what PID 1 kept. 0 or -errno. */
int fdstore_open(struct agent *agent, int fd);

/* NULL: nothing is kept under that key. */
struct fdstore_entry *fdstore_find(struct agent *agent, uint64_t key);

/* Everybody has taken what was his: the rest is closed and dropped. */
void fdstore_settle(struct agent *agent);

/*
 * Keeps these fds (at most FDSTORE_FDS; they stay the caller's too) in place of what was kept under the key, and remembers the
 * end of pid (0: none) should PID 1 have to reap it. Does not wait. 0 or -errno; -EAGAIN: PID 1 is behind, ask again later.
 */
int fdstore_put(struct agent *agent, uint64_t key, int32_t pid, uint32_t tag, const int *fds, unsigned int count);

/* Keeps them no more. Always gets there in the end. */
void fdstore_drop(struct agent *agent, uint64_t key);

/* A message without fds. 0 or -errno; -ENOTCONN without PID 1. */
int fdstore_tell(struct agent *agent, enum lifeline_type type, const void *payload, size_t length);
