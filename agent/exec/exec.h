/* SPDX-License-Identifier: Apache-2.0 */
/* The operations on execs; exec_types.h defines an exec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/core/loop.h"
#include "agent/exec/exec_types.h"
#include "agent/exec/persist.h"
#include "agent/exec/relay_pipe.h"
#include "common/buf.h"

struct agent;
struct cgroup_watch;
struct lifeline_give;
struct reply;

/* Hash chains of ids: a chain has few execs, though there may be hundreds. */
#define EXEC_ID_CHAINS 128

/* Values from the configuration for an exec whose request names none. A text is "" if the configuration has none. */
struct exec_defaults {
	const struct buf *env;		/* NAME=VALUE strings, each with its NUL */
	const char *user, *workdir;
	const char *unknown_user;	/* why the configured user is unknown, and requests must name one; NULL: it is known */
};

struct execs {
	struct agent *agent;
	struct exec *newest, *oldest;
	struct exec *by_id[EXEC_ID_CHAINS];
	uint64_t next_number;
	struct cgroup_watch *cgroup_watches;	/* cgroups whose descendants outlive their execs */
	size_t rings_bytes;
	size_t rings_max;
	struct timer memory_again;	/* armed while output waits for memory */
	struct buf base_env;		/* variables of env_set: NAME=VALUE strings, each with its NUL */
	struct exec_defaults defaults;
	struct persist persist;
	struct relay_pipe relay;
	void (*on_end)(struct exec *e);	/* an exec has ended */
};

/* Makes agent->execs; rings_max: bytes of all rings together. The caller sets defaults and on_end. */
void execs_init(struct agent *agent, size_t rings_max);

/* Starts an exec. NULL: *reply says why. A program that cannot be started is no failure here, but ends in a record. */
struct exec *exec_start(struct agent *agent, const struct exec_params *params, struct reply *reply);

/* NULL: no exec has this id. */
struct exec *exec_find(struct agent *agent, const char *id);

/* Inserts e into the list, which is in the order of the execs' numbers. */
void exec_insert(struct exec *e);

/* Sends a signal to the program itself. 0 or -errno; -ESRCH: the program has ended. */
int exec_signal(struct exec *e, int signal);

/* Kills all processes of the exec at once; the cause in the record will be `killed`. */
void exec_kill(struct exec *e);

/*
 * Hangs up the terminal: SIGHUP to the foreground process group, EOF or EIO for others. Nothing happens without a
 * terminal.
 */
void exec_hangup(struct exec *e);

/* The launcher's reply for the exec `data`: see launcher_try(). */
void exec_launched(void *data, pid_t pid, int pidfd, const struct spawn_report *report);

/* Frees an exec that has ended and has no attached connection. */
void exec_free(struct exec *e);

/* Frees the oldest ended execs beyond LIMIT_ENDED_EXECS, and counts them. */
void exec_prune(struct agent *agent);

/* Writes the members of the record into an open object. */
void exec_write_record(const struct exec *e, struct buf *b);

/* Writes the members that `list` shows. */
void exec_write_entry(const struct exec *e, struct buf *b);

/* Allocates an exec that is in no list yet. NULL: no memory. */
struct exec *exec_alloc(struct agent *agent);

/* PID 1 reports how the process ended. */
void exec_reaped(struct exec *e, const struct lifeline_give *give);

/* Kills a running exec of which no host was told; the cause in its record is `lost`. */
void exec_end_lost(struct exec *e);

/* After the program's end: reads the output that is there, and the output of descendants, until drain_until_us. */
void exec_drain(struct exec *e);

/* Ends an exec whose program never ran. */
void exec_end_failed(struct exec *e, enum spawn_stage stage, int error_number);

/* Watches for the outcome of execve(2): the report is read when output comes, or a moment later. */
void exec_watch_report(struct exec *e);

/* As exec_kill(), but the record does not say `killed`. */
void exec_kill_tree(struct exec *e);

/*
 * Makes the streams, the cgroup and the child. 0, or -errno and *ret_stage, with all of them undone; *reply has failed
 * if the request was at fault.
 */
int exec_launch(struct exec *e, const struct exec_params *params, enum spawn_stage *ret_stage, struct reply *reply);

/* All execs of an agent before this one. Those that it had not told of yet become `lost`. */
void exec_restore_all(struct agent *agent);
