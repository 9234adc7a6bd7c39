/* SPDX-License-Identifier: Apache-2.0 */
/* Quiesce, thaw and resume, as the rest of the agent sees them; snapshot.h has their states. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/core/steps.h"
#include "agent/snapshot/snapshot.h"

struct agent;
struct conn;

/* Begins; the connection waits. False: *reply says why not. */
bool quiesce_begin(struct agent *agent, struct conn *c, const struct quiesce_params *params, struct reply *reply);

/* Undoes whatever there is: at once, or c waits (NULL: nobody does). False: there is nothing to thaw. */
bool quiesce_thaw(struct agent *agent, struct conn *c, enum quiesce_last why);

/* As quiesce_begin(). request is taken over, on failure too. */
bool resume_begin(struct agent *agent, struct conn *c, struct resume_params *params, struct reply *reply);
/* Does a resume have a step of that name? */
bool resume_is_step(const char *name);

/* Waits with the others for the end of what is under way. False: no memory. */
bool quiesce_wait(struct agent *agent, struct conn *c);
bool quiesce_add_waiter(struct agent *agent, struct conn *c, enum quiesce_last wants);

/* From now on it ends that much later. 0, or -errno: PID 1 cannot be told. */
int quiesce_set_expiry(struct agent *agent, int64_t ttl_us);
void quiesce_clear_expiry(struct agent *agent);

/* True: a restore was seen since it began. */
bool quiesce_was_restored(const struct agent *agent);

/* The error of who asks for something that must wait. */
void quiesce_refuse(const struct agent *agent, struct reply *reply);

/* The guest goes down: whatever stands still goes on. */
void quiesce_give_up(struct agent *agent);

/* The thaw row, from wherever one is. */
void quiesce_undo(struct agent *agent, enum quiesce_last why);

/* Ends the row in that state, and answers all who waited. */
void quiesce_end(struct agent *agent, enum quiesce_state state);

/* Answers those who wait for that, with the error at hand. */
void quiesce_answer(struct agent *agent, enum quiesce_last wants);

/* ---- what outlives the agent ---- */

enum quiesce_keep { QUIESCE_KEEP_STATE, QUIESCE_KEEP_FDS };

/* Written down for the next agent, the second with the fds for PID 1. 0 or -errno. */
int quiesce_keep(struct agent *agent, enum quiesce_keep what);
/* All goes on: there is nothing to keep and nothing to thaw. */
void quiesce_forget(struct agent *agent);
/* PID 1 thaws a little after that. 0 or -errno. */
int quiesce_tell_expiry(struct agent *agent, int64_t ttl_us);
/*
 * At the agent's start: goes on where its predecessor was, or undoes what it had begun. 0, or -errno where it cannot: then the agent must
 * end, and PID 1 has all for the next one, and for the time that it was told.
 */
int quiesce_adopt(struct agent *agent);

void quiesce_write_lists(const struct agent *agent, struct buf *b);
void quiesce_make_answer(struct agent *agent);
void quiesce_make_resume_answer(struct agent *agent);
void quiesce_write_status(const struct agent *agent, struct buf *b);
