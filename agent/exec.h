/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exec: a program, its leaf cgroup, its output as a journal, and one record of its end. Connections attach to it and
 * leave; it does not care.
 *
 *   STARTING   cloned; execve() has not answered yet
 *   RUNNING    execve() succeeded
 *   DRAINING   the program has ended, its output may not have
 *   ENDED      the record is final; a descendant may still hold the output, which is read on
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conn.h"
#include "leaf.h"
#include "loop.h"
#include "ring.h"
#include "spawn.h"

struct agent;
struct reply;

#define EXEC_ID_SIZE LEAF_NAME_SIZE

enum exec_state { EXEC_STARTING, EXEC_RUNNING, EXEC_DRAINING, EXEC_ENDED };

enum exec_cause {
	EXEC_EXITED,
	EXEC_SIGNALED,
	EXEC_KILLED,		/* by request */
	EXEC_OOM,
	EXEC_START_FAILED,
};

struct exec_record {
	enum exec_cause cause;
	int code;			/* EXITED */
	int signal;			/* SIGNALED, KILLED, OOM */
	bool core_dumped;
	enum spawn_stage stage;		/* START_FAILED */
	int error_number;
	bool output_open;
	uint64_t wall_us;
	struct leaf_usage usage;
};

/* stdout or stderr. */
struct exec_output {
	struct watch watch;		/* the pipe's reading end; closed at its end */
	struct exec *exec;
	struct ring ring;
	uint64_t sent;			/* the furthest offset that a reader was given */
	uint64_t lost;			/* bytes that no reader was given before they had to go */
	uint64_t final;			/* ring.head when the record was made */
	size_t must_read;		/* bytes that were in the pipe when the program ended */
};

struct exec_input {
	struct watch watch;		/* the pipe's writing end; -1: no stdin, or closed */
	struct ring ring;
	bool ended;			/* the host sent Z: close when the ring is empty */
};

/* A connection's view of an exec. */
struct attachment {
	struct op op;
	struct exec *exec;
	struct attachment *next;
	uint64_t offset[2];		/* of stdout and stderr: what was sent so far */
	bool end_sent[2];
	bool started_sent;
	bool stdin_end_sent;
	bool with_stdin;
	bool kill_when_gone;
	bool detaching;
	size_t credit;			/* stdin bytes that the host may still send */
	int turn;			/* the stream that is asked first, so that neither starves */
};

struct exec {
	struct exec *next;
	struct agent *agent;
	char id[EXEC_ID_SIZE];
	enum exec_state state;
	pid_t pid;
	struct watch process;		/* the pidfd; closed when reaped */
	struct watch report;		/* whether execve() succeeded */
	struct timer report_late;	/* until then nobody asks, see watch_child() */
	struct exec_output out[2];
	struct exec_input in;
	uint64_t in_bytes;
	struct leaf leaf;
	bool leaf_empty;
	struct watch leaf_events;	/* cgroup.events, watched while descendants outlive the exec */
	struct timer drain;
	int64_t started_us, drain_until_us;
	bool kill_requested;
	struct attachment *attachments;
	struct exec_record record;
};

struct exec_params {
	const char *id;			/* NULL: made here */
	const char *const *argv;
	const char *const *envp;
	const char *path;
	const char *cwd;
	bool with_stdin;
};

/* Attaches the connection; its request ends with the exec's record. 0 or -ENOMEM. */
int exec_attach(struct exec *e, struct conn *c, bool kill_when_gone);

/* The members of the record, into an open object. */
void exec_write_record(const struct exec *e, struct buf *b);

/* Starts it. NULL: *reply says why. A program that can not be started is no failure here, but ends in a record. */
struct exec *exec_start(struct agent *agent, const struct exec_params *params, struct reply *reply);

/* NULL: there is none. */
struct exec *exec_find(struct agent *agent, const char *id);

/* To the program itself. 0 or -errno; one that has ended is -ESRCH. */
int exec_signal(struct exec *e, int signal);

/* To all of its processes, at once; the record will say that it was asked for. */
void exec_kill(struct exec *e);

/* Frees it; nobody may be attached. A program that runs goes on and is not waited for. */
void exec_free(struct exec *e);

/* Frees the oldest ended execs beyond LIMIT_ENDED_EXECS. */
void exec_prune(struct agent *agent);
