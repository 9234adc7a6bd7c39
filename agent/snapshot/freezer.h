/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The freezer: a copy of the agent that looks for the file systems of the guest, writes back what is dirty, freezes and thaws them. Each
 * of that may hang on a dead disk, and then the freezer hangs alone: it is abandoned, and thaws by itself what it has frozen if it ever
 * comes back. What it finds out stands in memory that both share; the fds of what is to be frozen come to the agent, so that it, PID 1
 * or the next agent can thaw without it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/core/loop.h"

struct agent;
struct buf;

/* What can be frozen at once: the fds that PID 1 keeps under two keys, less one for the state of the quiesce. */
#define FREEZE_MAX 15
/* What is told in all. */
#define FREEZE_NOTES 48
#define FREEZE_PATH_SIZE 128
/* The path of the disk that the root's overlay writes to. */
#define FREEZE_UPPER "(upper)"

enum freeze_state {
	FREEZE_NOT_NEEDED,	/* memory, network, or frozen below */
	FREEZE_READ_ONLY,
	FREEZE_UNREACHABLE,	/* another mount hides it */
	FREEZE_READY,		/* fd at hand */
	FREEZE_FROZEN,
	FREEZE_BY_OTHERS,
	FREEZE_FAILED,
	FREEZE_THAWED,
};

struct freeze_note {
	char path[FREEZE_PATH_SIZE];
	char type[16];
	uint32_t major, minor;
	uint32_t us;
	int32_t error_number;
	uint32_t state;
};

/* Shared with the freezer; those that can be frozen come first in the order in which they are frozen. */
struct freeze_block {
	uint32_t ready, count;
	bool drop_caches;
	struct freeze_note note[FREEZE_NOTES];
};

/* One byte to the freezer; the same comes back with the errno in the next when it is done. */
enum freeze_command {
	FREEZE_FIND = 'O',	/* the answer brings the fds */
	FREEZE_SYNC = 'S',
	FREEZE_FREEZE = 'F',
	FREEZE_THAW = 'T',
};

struct freezer {
	struct watch socket, process;
	struct agent *agent;
	struct freeze_block *block;
	int fds[FREEZE_MAX];		/* as in the block */
	uint32_t fd_count;
	char command;			/* at hand; 0: idle */
	bool abandoned;
	void (*done)(struct agent *agent, int r);	/* of the command at hand: 0 or -errno */
};

/*
 * NULL and *ret_error: it could not be made. known (NULL: nothing) is what an earlier one has frozen, with fds for its first `ready`
 * notes; they are consumed, on failure too.
 */
struct freezer *freezer_new(struct agent *agent, void (*done)(struct agent *agent, int r), const struct freeze_block *known, int *fds,
			    int *ret_error);

/* Gives it a command; done() follows. 0 or -errno. A thaw may be asked for while another is at work. */
int freezer_command(struct freezer *f, enum freeze_command command);

/* Nobody waits for it any more: it thaws what it has frozen and ends. The fds are closed. f is not to be used again; NULL is allowed. */
void freezer_abandon(struct freezer *f);

/* True: something stands still by our doing, or may. */
bool freezer_holds(const struct freezer *f);

/* The member filesystems. */
void freezer_write(const struct freeze_block *block, struct buf *b);

/* The freezer's own main loop. */
_Noreturn void freezer_main(int socket_fd, int upper_fd, struct freeze_block *block, int fds[FREEZE_MAX]);
