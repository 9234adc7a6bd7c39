/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of quiesce, thaw and resume share. */
#pragma once

#include "agent/core/steps.h"
#include "agent/snapshot/snapshot.h"

struct agent;

/* The only function that changes the state; sets agent->still too. */
void quiesce_set_state(struct agent *agent, enum quiesce_state state);

/* Stops the current row, and begins a row of steps in the given state. */
void quiesce_run(struct agent *agent, enum quiesce_state state, enum quiesce_last last, const struct steps_row *rows, size_t count);
/* The freezer has finished the current step's command. */
void quiesce_freezer_done(struct agent *agent, int r);
/* The step `filesystems` of thaw and resume. */
int quiesce_step_thaw(void *data);
void quiesce_stop_freezer(void *data);
/* Gives the freezer up: it hangs, or is not needed any more. */
void quiesce_drop_freezer(struct agent *agent);
void quiesce_stop_hooks(void *data);
void quiesce_stop_workload(void *data);
/* The workload or the hooks have done the step under way. */
void quiesce_step_done(struct agent *agent, int r);
int quiesce_run_hooks(struct agent *agent, const char *argument, int64_t timeout_us);
/* Workers continue, and requests are served again. */
void quiesce_lower_fence(struct agent *agent);

/* Sends the freezer a command. STEP_LATER: the reply ends the step, within within_us (0: the thaw timer is the bound). Or -errno. */
int quiesce_later(struct agent *agent, enum freeze_command command, int64_t within_us);
/* Sets the time limit of the current step, after which the step fails. */
void quiesce_set_bound(struct agent *agent, int64_t within_us);
void quiesce_end_bound(struct agent *agent);

/* Sets the error for the step that failed. */
void quiesce_note_error(struct agent *agent, const char *what);
