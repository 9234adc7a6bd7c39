/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of exec, attach and resume share. */
#pragma once

#include <stdbool.h>

#include "agent/exec/attach.h"
#include "agent/protocol/reply.h"
#include "agent/protocol/request.h"

struct agent;
struct exec;

/* NULL is keep. False: *reply says why. */
bool handle_exec_on_disconnect(const char *text, enum exec_gone *ret, struct reply *reply);

/* Names of variables. False: *reply says what is wrong with them. */
bool handle_exec_check_env(const struct pair_list *env, struct reply *reply);

/* What later execs inherit; checked. 0 or -errno. */
int handle_exec_set_env(struct agent *agent, const struct pair_list *pairs);

/* Starts it, as exec_start(), with nobody attached. NULL: *reply says why. */
struct exec *handle_exec_begin(struct agent *agent, const struct request_exec *request, struct reply *reply);
