/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exec: a program, its cgroup cgroup, its output as a journal, and one record of its end. Connections attach to it and
 * leave; it does not care.
 *
 *   STARTING   cloned; execve() has not answered yet
 *   RUNNING    execve() succeeded
 *   DRAINING   the program has ended, its output may not have
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
#define EXEC_ARGV_SIZE 256	/* what list shows of it */

enum exec_state { EXEC_STARTING, EXEC_RUNNING, EXEC_DRAINING, EXEC_ENDED };

enum exec_cause {
	EXEC_EXITED,
	EXEC_SIGNALED,
	EXEC_TIMED_OUT,
	EXEC_KILLED,		/* by request */
	EXEC_OOM,
	EXEC_START_FAILED,
	EXEC_LOST,		/* the agent died before anybody was told that it ran */
};

#define EXEC_CAUSES (EXEC_LOST + 1)

struct exec_record {
	enum exec_cause cause;
	bool by_signal;			/* signal is meant, else code */
	int code;
	int signal;
	bool core_dumped;
	enum spawn_stage stage;		/* START_FAILED */
	int error_number;
	bool output_open;
	uint64_t output_bytes[2];	/* up to the record: a descendant may write on */
	uint64_t wall_us;
	struct cgroup_usage usage;
};

/* stdout or stderr; with a terminal the first is both. */
struct exec_output {
	struct watch watch;		/* the pipe's reading end or the terminal's master; closed at its end */
	struct exec *exec;
	struct ring ring;
	uint64_t sent;			/* the furthest offset that a reader was given */
	uint64_t lost;			/* bytes that no reader was given before they had to go */
	bool wide;			/* the pipe was made larger */
	size_t must_read;		/* bytes that were in the pipe when the program ended */
};

struct exec_input {
	struct watch watch;		/* the pipe's writing end or the master; -1: no stdin, or closed */
	struct ring ring;
	uint64_t written;		/* bytes that the program's side took */
	bool wide;
	bool ended;			/* the host sent Z: close when the ring is empty */
};

struct exec {
	struct exec *next;		/* the one before it */
	struct exec *newer;		/* and behind it */
	struct exec *next_by_id;	/* of the same chain of agent->execs->by_id */
	struct agent *agent;
	char id[EXEC_ID_SIZE];
	uint64_t number;
	enum exec_state state;
	pid_t pid;
	struct watch process;		/* the pidfd; closed when reaped */
	struct watch report;		/* whether execve() succeeded */
	struct timer report_late;	/* until then nobody asks, see watch_child() */
	struct exec_output out[2];
	struct exec_input in;
	struct cgroup cgroup;
	struct cgroup_watch *cgroup_watch;	/* while descendants outlive the exec */
	struct timer drain, timeout;
	int64_t started_us, drain_until_us;	/* CLOCK_BOOTTIME */
	int64_t started_realtime_us;
	uint64_t grace_us;
	size_t ring_max;
	bool tty;
	bool block_when_unread;
	bool launching;			/* the launcher has it: there is no pidfd yet */
	int early_signal;		/* to be sent when there is one */
	bool kill_requested, timed_out;
	struct exec_reader *readers;
	struct exec_reader *writer;	/* who writes stdin */
	struct exec_record record;
	struct persist_slot *slot;	/* what of it outlives the agent */
	bool kept;			/* PID 1 keeps its fds */
	bool keep_due;			/* and is still to be told */
	bool foreign;			/* an earlier agent started it: PID 1 reaps it */
	bool was_read;			/* when that agent died */
	enum exec_gone was_gone;
	int64_t due_us;			/* its timeout's time */
	struct timer hold;		/* those who were attached are waited for */
	char argv[EXEC_ARGV_SIZE];	/* argv_count strings, each with its NUL */
	size_t argv_count;
	bool argv_cut;
};

struct exec_params {
	const char *id;			/* NULL: made here */
	struct spawn_plan plan;		/* without streams and cgroup */
	bool with_stdin, tty;
	unsigned int rows, cols;
	struct cgroup_limits limits;
	uint64_t timeout_us, grace_us;	/* timeout 0: none */
	size_t ring_max;		/* a power of two */
	bool block_when_unread;
};
