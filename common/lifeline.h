/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pith-init and pith-agent say to each other: the fds that the agent is born with, the messages on the lifeline (a
 * SOCK_SEQPACKET pair), and the names of the environment variables that carry numbers.
 *
 * A message is a header, at most LIFELINE_PAYLOAD bytes, and at most LIFELINE_FDS fds beside them. Neither side waits for the
 * other. What is malformed or unknown is ignored by PID 1 and logged once. EOF means nothing: SIGCHLD is the truth about death.
 *
 * After an upgrade the two may be of different versions: a message never changes, a new one gets a new number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIFELINE_FD 3	/* the agent's end of the lifeline */
#define LISTENER_FD 4	/* bound and listening, O_NONBLOCK; vsock, or unix in tests */

#define LIFELINE_PAYLOAD 96
#define LIFELINE_FDS 16
/* Memory for messages on their way, each direction: all of a full store at once, a kilobyte each. */
#define LIFELINE_BUFFER_BYTES (2 << 20)

enum lifeline_type {
	/* From the agent to PID 1. */
	LIFELINE_READY = 1,	/* the agent accepts connections */
	LIFELINE_POWEROFF = 2,	/* struct lifeline_power or nothing: stop everything, then power off */
	LIFELINE_REBOOT = 3,	/* likewise, then reboot */
	LIFELINE_HALT = 4,	/* likewise, then halt */
	LIFELINE_PUT = 5,	/* struct lifeline_put and fds: keep them, in place of what was kept under that key */
	LIFELINE_DROP = 6,	/* struct lifeline_drop: keep them no more */
	LIFELINE_UPGRADE = 7,	/* one fd, a sealed memfd: the binary of the next agent, once this one ends with LIFELINE_HANDED_OVER */
	LIFELINE_THAW_AT = 8,	/* struct lifeline_thaw: what is kept under STORE_FREEZE, and the workload, go on at these times */

	/* From PID 1 to the agent: first all that is kept, then the word that this was all. */
	LIFELINE_GIVE = 32,	/* struct lifeline_give and fds */
	LIFELINE_GIVEN = 33,	/* struct lifeline_given */
	LIFELINE_EXITED = 34,	/* struct lifeline_give without fds: the process kept under that key has ended */
};

struct lifeline_header {
	uint16_t type;
	uint16_t length;	/* of the payload */
};

struct lifeline_power {
	uint32_t grace_ms;	/* between SIGTERM and SIGKILL; 5000 without this */
	uint32_t status;	/* for the VMM, where it can be told; 0 without this */
};

struct lifeline_thaw {
	int64_t files_us;	/* CLOCK_MONOTONIC; 0: never */
	int64_t work_us;
};

struct lifeline_put {
	uint64_t key;
	int32_t pid;		/* 0, or a process whose end PID 1 remembers if it is PID 1 who reaps it */
	uint32_t tag;		/* the agent's own; it comes back */
};

/* The kinds of keys; the number is the kind's own. */
enum store_kind {
	STORE_AGENT,	/* enum store_number */
	STORE_EXEC,	/* the exec's number */
	STORE_FREEZE,	/* the state of a quiesce, and the file systems that are frozen */
};

enum store_number {
	STORE_STATE,	/* the memory of agent/exec/persist.h */
	STORE_STAGE,	/* the pipe of agent/exec/relay_pipe.h */
	STORE_LOG,	/* the ring of common/log_ring.h; put by PID 1 itself */
	STORE_CONFIG,	/* the effective configuration */
	STORE_UPPER,	/* the file system below the root's upper layer; put by PID 1 itself */
};

static inline uint64_t store_key(enum store_kind kind, uint64_t number)
{
	return (uint64_t)kind << 56 | number;
}

struct lifeline_drop {
	uint64_t key;
};

struct lifeline_give {
	uint64_t key;
	int32_t pid;
	uint32_t tag;
	uint32_t exited;	/* 1: PID 1 reaped it, and the rest holds */
	int32_t status;		/* as of waitpid(2) */
	int64_t user_us;
	int64_t system_us;
	int64_t peak_bytes;
	int64_t at_us;		/* when, CLOCK_BOOTTIME */
};

/* How the upgrade of this agent's predecessor went. */
enum lifeline_upgrade {
	LIFELINE_UPGRADE_NONE = 0,	/* there was none */
	LIFELINE_UPGRADE_DONE = 1,
	LIFELINE_UPGRADE_FAILED = 2,	/* the new one did not become ready: this is the old binary again */
};

struct lifeline_given {
	uint32_t crashes;	/* of agents in this boot */
	int32_t last_status;	/* of the last of them, as of waitpid(2) */
	int64_t last_us;	/* when, CLOCK_BOOTTIME; 0: never */
	uint32_t upgrade;	/* enum lifeline_upgrade */
	int32_t upgrade_status;	/* how the new one that failed ended, as of waitpid(2) */
};

/* What an agent ends with that has told LIFELINE_UPGRADE and wants to be replaced. */
#define LIFELINE_HANDED_OVER 90
/* What an agent ends with that cannot read the state it was given: its version is another. */
#define LIFELINE_STATE_REFUSED 91

struct lifeline_message {
	uint16_t type;
	uint16_t length;
	/* Of the longest; to be copied out, not cast. */
	unsigned char payload[LIFELINE_PAYLOAD];
	int fds[LIFELINE_FDS];
	unsigned int fd_count;
};

enum lifeline_received {
	LIFELINE_MESSAGE,	/* its fds (CLOEXEC) are the caller's now */
	LIFELINE_NOTHING,	/* not now */
	LIFELINE_MALFORMED,	/* *ret->length bytes that are no message; fds were closed */
	LIFELINE_END,		/* nothing will ever come again */
};

/* 0, or -EAGAIN where the other side has not read enough yet, or another -errno. The fds stay the caller's. */
int lifeline_send(int socket_fd, enum lifeline_type type, const void *payload, size_t length, const int *fds, unsigned int fd_count);

enum lifeline_received lifeline_receive(int socket_fd, struct lifeline_message *ret);

/* The payload, if it has exactly that size; *ret is not touched otherwise. */
bool lifeline_payload(const struct lifeline_message *message, void *ret, size_t size);

void lifeline_close_fds(struct lifeline_message *message);

/* "init=12345 mounts=13000 …": step names and microseconds of CLOCK_BOOTTIME, in order. */
#define LIFELINE_ENV_TIMELINE "PITH_TIMELINE"
/* How often the agent was started in this boot, this start included. */
#define LIFELINE_ENV_STARTS "PITH_AGENT_STARTS"
/* Path of the cgroup under which execs run, not set where there is no cgroup2. */
#define LIFELINE_ENV_WORK "PITH_WORK_CGROUP"
/* "mount /dev/vda: reason (errno N)": why `pith.root=` is not the root. Not set where it is, or was not asked for. */
#define LIFELINE_ENV_ROOT_FAILED "PITH_ROOT_FAILED"
/* Where the host is told that the agent serves, as the option pith.notify has it; not set where nobody is told. */
#define LIFELINE_ENV_NOTIFY "PITH_NOTIFY"
/* From `pith.config=` and `pith.hostname=`; not set where these were not given. */
#define LIFELINE_ENV_CONFIG "PITH_CONFIG"
#define LIFELINE_ENV_HOSTNAME "PITH_HOSTNAME"
/* Which binaries may take the agent's place, as the option pith.upgrade has it; not set where none may. */
#define LIFELINE_ENV_UPGRADE "PITH_UPGRADE"
/* "1" if LISTENER_FD is a listening socket. Not set where this kernel has no vsock: then fd 4 is closed. */
#define LIFELINE_ENV_LISTENER "PITH_LISTENER"
