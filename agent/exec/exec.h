/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with execs; exec_types.h says what one is. */
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

/* So that a chain has a few execs of the hundreds that there may be. */
#define EXEC_ID_CHAINS 128

/* What an exec gets that names none: the configuration's. Texts are "" for none. */
struct exec_defaults {
	const struct buf *env;		/* NAME=VALUE strings, each with its NUL */
	const char *user, *workdir;
	const char *unknown_user;	/* why nobody knows the user, whom a request must name then; NULL: it is known */
};

struct execs {
	struct agent *agent;
	struct exec *newest, *oldest;
	struct exec *by_id[EXEC_ID_CHAINS];
	uint64_t next_number;
	struct cgroup_watch *cgroup_watches;	/* cgroups in which descendants outlive their execs */
	size_t rings_bytes;
	size_t rings_max;
	struct timer memory_again;	/* output waits for memory until then */
	struct buf base_env;		/* env_set: NAME=VALUE strings, each with its NUL */
	struct exec_defaults defaults;
	struct persist persist;
	struct relay_pipe relay;
	void (*on_end)(struct exec *e);	/* one has ended */
};

/* Makes agent->execs, with that much memory for all rings; who has them sets defaults and on_end. */
void execs_init(struct agent *agent, size_t rings_max);

/* Starts it. NULL: *reply says why. A program that can not be started is no failure here, but ends in a record. */
struct exec *exec_start(struct agent *agent, const struct exec_params *params, struct reply *reply);

/* NULL: there is none. */
struct exec *exec_find(struct agent *agent, const char *id);

/* On the list, in the place of its number. */
void exec_insert(struct exec *e);

/* To the program itself. 0 or -errno; one that has ended is -ESRCH. */
int exec_signal(struct exec *e, int signal);

/* To all of its processes, at once; the record will say that it was asked for. */
void exec_kill(struct exec *e);

/* The terminal hangs up: SIGHUP to its foreground, EOF or EIO for the rest. Without a terminal nothing happens. */
void exec_hangup(struct exec *e);

/* The launcher's answer, of an exec: see launcher_try(). */
void exec_launched(void *data, pid_t pid, int pidfd, const struct spawn_report *report);

/* Only an ended one that nobody is attached to. */
void exec_free(struct exec *e);

/* Frees the oldest ended execs beyond LIMIT_ENDED_EXECS, and counts them. */
void exec_prune(struct agent *agent);

/* The members of the record, into an open object. */
void exec_write_record(const struct exec *e, struct buf *b);

/* The members that list shows. */
void exec_write_entry(const struct exec *e, struct buf *b);

/* An empty one, which nobody knows of yet. NULL: no memory. */
struct exec *exec_alloc(struct agent *agent);

/* PID 1 tells how it ended. */
void exec_reaped(struct exec *e, const struct lifeline_give *give);

/* It runs, and nobody was told so: it is killed, and its record says so. */
void exec_end_lost(struct exec *e);

/* The program has ended: reads what is there, and what its descendants still write, as long as drain_until_us allows. */
void exec_drain(struct exec *e);

/* It never ran. */
void exec_end_failed(struct exec *e, enum spawn_stage stage, int error_number);

/* Execve() will answer: it is listened to when output comes, or a moment later. */
void exec_watch_report(struct exec *e);

/* The same without a word in the record. */
void exec_kill_tree(struct exec *e);

/*
 * Makes streams, cgroup and child. 0, or -errno with the stage, all of it undone; *reply has failed when the request was at
 * fault.
 */
int exec_launch(struct exec *e, const struct exec_params *params, enum spawn_stage *ret_stage, struct reply *reply);

/* All execs of an agent before this one. Those that it had not told of yet become `lost`. */
void exec_restore_all(struct agent *agent);
