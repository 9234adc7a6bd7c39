/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that the handlers of exec, attach and resume share. */
#pragma once

#include <stdbool.h>

#include "agent/exec/attach.h"
#include "agent/protocol/reply.h"
#include "agent/protocol/request.h"

struct agent;
struct exec;

/* text NULL means keep. False: *reply says why. */
bool handle_exec_on_disconnect(const char *text, enum exec_gone *ret, struct reply *reply);

/* Checks names of variables. False: *reply says which rule a name breaks. */
bool handle_exec_check_env(const struct pair_list *env, struct reply *reply);

/* Sets the variables that later execs inherit; checked by the caller. 0 or -errno. */
int handle_exec_set_env(struct agent *agent, const struct pair_list *pairs);

/* Starts an exec without attached connections, as exec_start(). NULL: *reply says why. */
struct exec *handle_exec_begin(struct agent *agent, const struct request_exec *request, struct reply *reply);
