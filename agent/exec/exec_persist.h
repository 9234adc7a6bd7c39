/* SPDX-License-Identifier: Apache-2.0 */
/* The persisted state of one exec (persist.h). */
#pragma once

struct agent;
struct exec;
struct exec_input;
struct exec_output;

/* Persists all but the streams. Must be called before a host is told of the change. */
void exec_persist(struct exec *e);
void exec_persist_output(struct exec_output *o);
void exec_persist_input(struct exec *e);

/* Persists the id and argv; the slot is in use from here on. */
void exec_persist_new(struct exec *e);
