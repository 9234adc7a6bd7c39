/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fd store: fds that PID 1 keeps for the agent, under keys. After a crash or an upgrade the next agent is given the
 * whole fd store before anything else; fds that the next agent does not take are dropped.
 *
 * An agent that is started by hand has no PID 1, and no fd store.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/loop.h"
#include "common/buf.h"
#include "common/lifeline.h"

struct agent;

#define FDSTORE_FDS 8	/* fds of one key, at most */

/* One key of the fd store, as the next agent is given it. */
struct fdstore_entry {
	struct lifeline_give give;
	int fds[FDSTORE_FDS];	/* whoever takes an fd sets it to -1 */
	unsigned int fd_count;
	bool taken;
};

struct fdstore {
	struct watch lifeline;
	struct fdstore_entry *stored;	/* entries of the agent before; freed by fdstore_settle() */
	size_t stored_count;
	struct lifeline_given given;
	struct buf drops;	/* keys to drop, for which the socket had no room */
	bool crowded;		/* the socket had no room for fdstore_put() */
	/*
	 * on_exited: PID 1 reaped a process whose fds are in the fd store. on_room: the lifeline has room for a refused
	 * fdstore_put().
	 */
	void (*on_exited)(struct agent *agent, const struct lifeline_give *give);
	void (*on_room)(struct agent *agent);
};

/* Takes over the lifeline and reads the fd store of the agent before. 0 or -errno. */
int fdstore_open(struct agent *agent, int fd);

/* NULL: the fd store had no such key. */
struct fdstore_entry *fdstore_find(struct agent *agent, uint64_t key);

/* Closes and drops all fds that no module took. Called once, after the start. */
void fdstore_settle(struct agent *agent);

/*
 * Puts count fds (at most FDSTORE_FDS; they stay the caller's too) into the fd store in place of the key's old fds. PID
 * 1 also remembers the end of process pid (0: none), should PID 1 have to reap it. Does not wait. 0 or -errno; -EAGAIN:
 * the lifeline is full, on_room() follows.
 */
int fdstore_put(struct agent *agent, uint64_t key, int32_t pid, uint32_t tag, const int *fds, unsigned int count);

/* Drops the key from the fd store. The message is queued when the lifeline is full. */
void fdstore_drop(struct agent *agent, uint64_t key);

/* Sends a message without fds. 0 or -errno; -ENOTCONN without PID 1. */
int fdstore_tell(struct agent *agent, enum lifeline_type type, const void *payload, size_t length);
