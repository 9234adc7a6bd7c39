/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The freezer: a helper that finds the guest's file systems, writes dirty pages back, freezes and thaws. Each of these
 * may hang on a dead disk, and then only the freezer hangs: the agent abandons it, and if the freezer's call ever
 * returns, the freezer thaws what it froze. Results are in memory that the agent and the freezer share. The agent gets
 * the fds of the file systems, so that the agent, PID 1 or the next agent can thaw without the freezer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/core/loop.h"

struct agent;
struct buf;

/* The most that can be frozen: PID 1 keeps fds under two keys, and one fd is the state of the quiesce. */
#define FREEZE_MAX 15
/* The most file systems that are reported. */
#define FREEZE_NOTES 48
#define FREEZE_PATH_SIZE 128
/* The path that stands for the upper file system of the root's overlay. */
#define FREEZE_UPPER "(upper)"

enum freeze_state {
	FREEZE_NOT_NEEDED,	/* in memory, on the network, or a layer over a frozen file system */
	FREEZE_READ_ONLY,
	FREEZE_UNREACHABLE,	/* hidden by another mount */
	FREEZE_READY,		/* open, can be frozen */
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

/* Shared with the freezer. Notes that can be frozen come first, in the order of freezing. */
struct freeze_block {
	uint32_t ready, count;
	bool drop_caches;
	struct freeze_note note[FREEZE_NOTES];
};

/* The agent sends one byte; the reply is the same byte, then one byte with the errno. */
enum freeze_command {
	FREEZE_FIND = 'O',	/* the reply has the fds */
	FREEZE_SYNC = 'S',
	FREEZE_FREEZE = 'F',
	FREEZE_THAW = 'T',
};

struct freezer {
	struct watch socket, process;
	struct agent *agent;
	struct freeze_block *block;
	int fds[FREEZE_MAX];		/* of the first notes of the block, in their order */
	uint32_t fd_count;
	char command;			/* current command; 0: idle */
	bool abandoned;
	void (*done)(struct agent *agent, int r);	/* end of the current command: 0 or -errno */
};

/*
 * Starts a freezer. NULL: failed, *ret_error is the -errno. known (or NULL) are the notes of an earlier freezer, with
 * fds for the first `ready` notes. The fds are consumed, on failure too.
 */
struct freezer *freezer_new(struct agent *agent, void (*done)(struct agent *agent, int r), const struct freeze_block *known, int *fds,
			    int *ret_error);

/* Sends a command; done() follows. 0 or -errno. A thaw may be sent while another command runs. */
int freezer_command(struct freezer *f, enum freeze_command command);

/* Gives the freezer up: it thaws what it froze and ends. Closes the agent's fds; f must not be used again. NULL is allowed. */
void freezer_abandon(struct freezer *f);

/* True: a file system is frozen by this freezer, or may be. */
bool freezer_holds(const struct freezer *f);

/* Writes the member filesystems. */
void freezer_write(const struct freeze_block *block, struct buf *b);

/* The main loop of the freezer's process. */
_Noreturn void freezer_main(int socket_fd, int upper_fd, struct freeze_block *block, int fds[FREEZE_MAX]);
