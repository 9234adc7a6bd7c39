/* SPDX-License-Identifier: Apache-2.0 */
/* What of an exec is in the memory that outlives the agent (state.h). */
#pragma once

struct agent;
struct exec;
struct exec_input;
struct exec_output;

/* Writes down what is not a stream. To be called before anybody is told of what changed. */
void exec_persist(struct exec *e);
void exec_persist_output(struct exec_output *o);
void exec_persist_input(struct exec *e);

/* The name and argv, and with them the slot begins to count. */
void exec_persist_new(struct exec *e);
