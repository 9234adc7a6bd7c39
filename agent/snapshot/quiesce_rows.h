/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of steps of quiesce, thaw and resume share. */
#pragma once

#include "agent/core/steps.h"
#include "agent/snapshot/snapshot.h"

struct agent;

/* The one place where it changes: agent->still follows. */
void quiesce_set_state(struct agent *agent, enum quiesce_state state);

/* Begins a row of steps in that state; another that is under way is stopped. */
void quiesce_run(struct agent *agent, enum quiesce_state state, enum quiesce_last last, const struct steps_row *rows, size_t count);
/* The freezer's word on the step at hand. */
void quiesce_freezer_done(struct agent *agent, int r);
/* Steps that both have. */
int quiesce_step_thaw(void *data);
void quiesce_stop_freezer(void *data);
/* It hangs, or is not needed any more. What it has frozen it thaws, if it comes back. */
void quiesce_drop_freezer(struct agent *agent);
void quiesce_stop_hooks(void *data);
int quiesce_run_hooks(struct agent *agent, const char *argument, int64_t timeout_us);
/* Workers go on, and requests are served again. */
void quiesce_lower_fence(struct agent *agent);

/* Sends the freezer a command: STEP_LATER, its answer ends the step within that time (0: the expiry bounds it); or -errno. */
int quiesce_later(struct agent *agent, enum freeze_command command, int64_t within_us);
/* The bound of the step at hand: it fails by it. */
void quiesce_set_bound(struct agent *agent, int64_t within_us);
void quiesce_end_bound(struct agent *agent);

/* The error of the step that failed. */
void quiesce_note_error(struct agent *agent, const char *what);
