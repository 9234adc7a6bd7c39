/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exec: a program, its cgroup, its output as a journal, and one record of its end. Connections attach to an exec and
 * leave without an effect on the program, unless `on_disconnect` says otherwise.
 *
 *   STARTING   cloned; execve(2) has not returned yet
 *   RUNNING    execve(2) succeeded
 *   DRAINING   the program has ended, its output may go on
 *   ENDED      the record is made; a descendant may still hold the output, which is read on
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/core/loop.h"
#include "agent/exec/exec_readers.h"
#include "agent/exec/ring.h"
#include "agent/spawn/cgroup.h"
#include "agent/spawn/spawn.h"

struct agent;
struct cgroup_watch;
struct persist_slot;

#define EXEC_ID_SIZE CGROUP_NAME_SIZE
#define EXEC_ARGV_SIZE 256	/* bytes of argv that `list` shows */

enum exec_state { EXEC_STARTING, EXEC_RUNNING, EXEC_DRAINING, EXEC_ENDED };

enum exec_cause {
	EXEC_EXITED,
	EXEC_SIGNALED,
	EXEC_TIMED_OUT,
	EXEC_KILLED,		/* by a request */
	EXEC_OOM,
	EXEC_START_FAILED,
	EXEC_LOST,		/* the agent died before a host was told that the program ran */
};

#define EXEC_CAUSES (EXEC_LOST + 1)

struct exec_record {
	enum exec_cause cause;
	bool by_signal;			/* `signal` is valid, else `code` */
	int code;
	int signal;
	bool core_dumped;
	enum spawn_stage stage;		/* stage of starting the program that failed; of START_FAILED */
	int error_number;
	bool output_open;
	uint64_t output_bytes[2];	/* bytes up to the record; a descendant may write on */
	uint64_t wall_us;
	struct cgroup_usage usage;
};

/* stdout or stderr; with a terminal the first is both. */
struct exec_output {
	struct watch watch;		/* the pipe's reading end or the terminal's master; fd -1 after the end */
	struct exec *exec;
	struct ring ring;
	uint64_t sent;			/* the highest offset that a reader was sent */
	uint64_t lost;			/* bytes that were dropped before a reader was sent them */
	bool wide;			/* the pipe has LIMIT_PIPE_BYTES */
	size_t must_read;		/* bytes that were in the pipe when the program ended */
};

struct exec_input {
	struct watch watch;		/* the pipe's writing end or the master; fd -1: no stdin, or closed */
	struct ring ring;
	uint64_t written;		/* bytes that the pipe or the terminal took */
	bool wide;
	bool ended;			/* the host sent Z: closed when the ring is empty */
};

struct exec {
	struct exec *next;		/* the exec that was started before */
	struct exec *newer;		/* the exec that was started after */
	struct exec *next_by_id;	/* the next exec of the chain in agent->execs->by_id */
	struct agent *agent;
	char id[EXEC_ID_SIZE];
	uint64_t number;
	enum exec_state state;
	pid_t pid;
	struct watch process;		/* the pidfd; fd -1 after the process is reaped */
	struct watch report;		/* the report pipe, see spawn.h */
	struct timer report_late;	/* until it fires the report is not read, see exec_watch_report() */
	struct exec_output out[2];
	struct exec_input in;
	struct cgroup cgroup;
	struct cgroup_watch *cgroup_watch;	/* set while descendants outlive the exec */
	struct timer drain, timeout;
	int64_t started_us, drain_until_us;	/* CLOCK_BOOTTIME */
	int64_t started_realtime_us;
	uint64_t grace_us;
	size_t ring_max;
	bool tty;
	bool block_when_unread;
	bool launching;			/* the launcher is starting the program: there is no pidfd yet */
	int early_signal;		/* signal to send when there is a pidfd; 0: none */
	bool kill_requested, timed_out;
	struct exec_reader *readers;
	struct exec_reader *writer;	/* the reader that writes stdin, or NULL */
	struct exec_record record;
	struct persist_slot *slot;	/* the exec's slot in the persisted state */
	bool kept;			/* PID 1 keeps the exec's fds */
	bool keep_due;			/* the fds are still to be put into the fd store */
	bool foreign;			/* an earlier agent started the program: PID 1 reaps it */
	bool was_read;			/* the exec had readers when the agent before died */
	enum exec_gone was_gone;
	int64_t due_us;			/* time of the timeout, CLOCK_BOOTTIME */
	struct timer hold;		/* bound of the wait for the readers of the agent before */
	char argv[EXEC_ARGV_SIZE];	/* argv_count strings, each with its NUL */
	size_t argv_count;
	bool argv_cut;
};

struct exec_params {
	const char *id;			/* NULL: exec_start() makes an id */
	struct spawn_plan plan;		/* without streams and cgroup */
	bool with_stdin, tty;
	unsigned int rows, cols;
	struct cgroup_limits limits;
	uint64_t timeout_us, grace_us;	/* timeout_us 0: none */
	size_t ring_max;		/* a power of two */
	bool block_when_unread;
};
