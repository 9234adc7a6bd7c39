/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of pith-init and pith-agent: the fds that the agent starts with, the messages on the lifeline (a
 * SOCK_SEQPACKET pair), and the names of the agent's environment variables.
 *
 * A message is a header, at most LIFELINE_PAYLOAD bytes, and at most LIFELINE_FDS fds beside them. Neither side waits for the
 * other. PID 1 ignores malformed and unknown messages and logs the first. EOF means nothing: SIGCHLD reports the agent's end.
 *
 * After an upgrade both programs may be of different versions: a message never changes, a new message gets a new number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIFELINE_FD 3	/* the agent's end of the lifeline */
#define LISTENER_FD 4	/* bound and listening, O_NONBLOCK; vsock, or unix in tests */

#define LIFELINE_PAYLOAD 96
#define LIFELINE_FDS 16
/* Socket buffer of each direction: room for all messages of a full fd store, 1 KiB each. */
#define LIFELINE_BUFFER_BYTES (2 << 20)

enum lifeline_type {
	/* From the agent to PID 1. */
	LIFELINE_READY = 1,	/* the agent accepts connections */
	LIFELINE_POWEROFF = 2,	/* struct lifeline_power or nothing: end all programs, then power off */
	LIFELINE_REBOOT = 3,	/* likewise, then reboot */
	LIFELINE_HALT = 4,	/* likewise, then halt */
	LIFELINE_PUT = 5,	/* struct lifeline_put and fds: keep the fds, in place of those under the same key */
	LIFELINE_DROP = 6,	/* struct lifeline_drop: close the fds under this key */
	LIFELINE_UPGRADE = 7,	/* one fd, a sealed memfd: the binary of the next agent, once this one ends with LIFELINE_HANDED_OVER */
	LIFELINE_THAW_AT = 8,	/* struct lifeline_thaw: thaw the file systems under STORE_FREEZE, and the workload, at these times */

	/* From PID 1 to the agent: first a LIFELINE_GIVE for each key, then LIFELINE_GIVEN. */
	LIFELINE_GIVE = 32,	/* struct lifeline_give and fds */
	LIFELINE_GIVEN = 33,	/* struct lifeline_given */
	LIFELINE_EXITED = 34,	/* struct lifeline_give without fds: the process under this key has ended */
};

struct lifeline_header {
	uint16_t type;
	uint16_t length;	/* of the payload */
};

struct lifeline_power {
	uint32_t grace_ms;	/* between SIGTERM and SIGKILL; 5000 without a payload */
	uint32_t status;	/* exit status for the VMM, if there is an exit device; 0 without a payload */
};

struct lifeline_thaw {
	int64_t files_us;	/* CLOCK_MONOTONIC; 0: never */
	int64_t work_us;
};

struct lifeline_put {
	uint64_t key;
	int32_t pid;		/* 0, or a process whose exit status PID 1 keeps if PID 1 reaps it */
	uint32_t tag;		/* the agent's own; returned in LIFELINE_GIVE */
};

/* The kinds of keys; each kind has numbers of its own. */
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
	uint32_t exited;	/* 1: PID 1 reaped the process, and the following members are valid */
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
	LIFELINE_UPGRADE_FAILED = 2,	/* the new agent did not become ready: this is the old binary again */
};

struct lifeline_given {
	uint32_t crashes;	/* of agents in this boot */
	int32_t last_status;	/* of the last crash, as of waitpid(2) */
	int64_t last_us;	/* when, CLOCK_BOOTTIME; 0: never */
	uint32_t upgrade;	/* enum lifeline_upgrade */
	int32_t upgrade_status;	/* of the new agent that failed, as of waitpid(2) */
};

/* Exit status of an agent that has sent LIFELINE_UPGRADE and is to be replaced. */
#define LIFELINE_HANDED_OVER 90
/* Exit status of an agent that cannot read the persisted state, because the state's version is another. */
#define LIFELINE_STATE_REFUSED 91

struct lifeline_message {
	uint16_t type;
	uint16_t length;
	/* Room for the longest payload; copied out by lifeline_payload(), not cast. */
	unsigned char payload[LIFELINE_PAYLOAD];
	int fds[LIFELINE_FDS];
	unsigned int fd_count;
};

enum lifeline_received {
	LIFELINE_MESSAGE,	/* a message; the caller owns its fds (CLOEXEC) */
	LIFELINE_NOTHING,	/* no message yet */
	LIFELINE_MALFORMED,	/* *ret->length bytes that are no message; fds were closed */
	LIFELINE_END,		/* the other end is closed, and all messages were read */
};

/* 0, -EAGAIN if the socket is full, or another -errno. The caller keeps ownership of the fds. */
int lifeline_send(int socket_fd, enum lifeline_type type, const void *payload, size_t length, const int *fds, unsigned int fd_count);

enum lifeline_received lifeline_receive(int socket_fd, struct lifeline_message *ret);

/* Copies the payload to *ret if its size is exactly size; false, and *ret is unchanged, otherwise. */
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
/* The address for the notice to the host, from the option pith.notify; not set without the option. */
#define LIFELINE_ENV_NOTIFY "PITH_NOTIFY"
/* From `pith.config=` and `pith.hostname=`; not set where these were not given. */
#define LIFELINE_ENV_CONFIG "PITH_CONFIG"
#define LIFELINE_ENV_HOSTNAME "PITH_HOSTNAME"
/* The binaries that may replace the agent, from the option pith.upgrade; not set if none may. */
#define LIFELINE_ENV_UPGRADE "PITH_UPGRADE"
/* "1" if LISTENER_FD is a listening socket. Not set where this kernel has no vsock: then fd 4 is closed. */
#define LIFELINE_ENV_LISTENER "PITH_LISTENER"
