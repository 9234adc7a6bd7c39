/* SPDX-License-Identifier: Apache-2.0 */
/* Quiesce, thaw and resume, for the rest of the agent. snapshot.h has the states. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/steps.h"
#include "agent/snapshot/snapshot.h"

struct agent;
struct conn;

/* Begins a quiesce; c waits for its end. False: *reply has the reason. */
bool quiesce_begin(struct agent *agent, struct conn *c, const struct quiesce_params *params, struct reply *reply);

/* Undoes a quiesce; c (or NULL) waits for the end. False: the guest is not quiesced. */
bool quiesce_thaw(struct agent *agent, struct conn *c, enum quiesce_last why);

/* As quiesce_begin(). Takes ownership of params->request, on failure too. */
bool resume_begin(struct agent *agent, struct conn *c, struct resume_params *params, struct reply *reply);
/* True: resume has a step of this name. */
bool resume_is_step(const char *name);

/* c waits for the end of the current row of steps, as its first waiter does. False: no memory. */
bool quiesce_wait(struct agent *agent, struct conn *c);
bool quiesce_add_waiter(struct agent *agent, struct conn *c, enum quiesce_last wants);

/* Sets the thaw timer, for ttl_us from now. 0, or -errno: PID 1 could not be informed. */
int quiesce_set_expiry(struct agent *agent, int64_t ttl_us);
void quiesce_clear_expiry(struct agent *agent);

/* True: a restore was seen since the quiesce began. */
bool quiesce_was_restored(const struct agent *agent);

/* The error for a request that the fence refuses. */
void quiesce_refuse(const struct agent *agent, struct reply *reply);

/* The guest goes down: thaws everything. */
void quiesce_give_up(struct agent *agent);

/* Starts the row of thaw, in any state. */
void quiesce_undo(struct agent *agent, enum quiesce_last why);

/* Ends the row with the new state, and answers all waiters. */
void quiesce_end(struct agent *agent, enum quiesce_state state);

/* Answers the waiters of one kind with the current error. */
void quiesce_answer(struct agent *agent, enum quiesce_last wants);

/* ---- persisted state ---- */

enum quiesce_keep { QUIESCE_KEEP_STATE, QUIESCE_KEEP_FDS };

/* Persists the state for the next agent; QUIESCE_KEEP_FDS also gives the fds to PID 1. 0 or -errno. */
int quiesce_keep(struct agent *agent, enum quiesce_keep what);
/* Drops the persisted state: nothing is frozen. */
void quiesce_forget(struct agent *agent);
/* Sets the time after which PID 1 thaws, a little later than ttl_us. 0 or -errno. */
int quiesce_tell_expiry(struct agent *agent, int64_t ttl_us);
/*
 * At the agent's start: goes on with the predecessor's quiesce, or undoes it. 0, or -errno: then the agent must end;
 * PID 1 keeps the fds for the next agent, and thaws at the time that was set.
 */
int quiesce_adopt(struct agent *agent);

void quiesce_write_lists(const struct agent *agent, struct buf *b);
void quiesce_make_answer(struct agent *agent);
void quiesce_make_resume_answer(struct agent *agent);
void quiesce_write_status(const struct agent *agent, struct buf *b);
