/* SPDX-License-Identifier: Apache-2.0 */
/* The fd store: PID 1 keeps the agent's fds under keys, and the exit statuses of processes that became PID 1's children. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct lifeline_given;
struct lifeline_message;

/* All execs that an agent may know at once (1,280), and some hundreds of other things. */
#define FDSTORE_ENTRIES 1536u
/* The most fds of one entry. */
#define FDSTORE_FDS 8u
/* RLIMIT_NOFILE of PID 1: enough for a full fd store. */
#define FDSTORE_NOFILE 16384u

/* Raises RLIMIT_NOFILE for a full fd store. *ret_before is the limit before, which children get. */
void fdstore_init(struct rlimit *ret_before);

/* Handles LIFELINE_PUT and LIFELINE_DROP, and consumes the message's fds. False for a malformed message, or without room. */
bool fdstore_put(struct lifeline_message *message);
bool fdstore_drop(const struct lifeline_message *message);

/* Keeps an fd of PID 1 itself for the agent. Consumes fd; a negative fd is ignored. */
void fdstore_keep(uint64_t key, int fd);

bool fdstore_knows(pid_t pid);
/* Thaws the file systems kept under STORE_FREEZE, the last frozen one first. Call in a child: may hang on a dead disk. */
void fdstore_thaw(void);

/* Records the exit status of a reaped process. A pid without an entry is ignored. */
void fdstore_exited(pid_t pid, int status, const struct rusage *usage);

/* Owes a new agent all entries, and after them *given. */
void fdstore_owe_all(const struct lifeline_given *given);
/* The agent is gone: forgets all owed messages. */
void fdstore_owe_nothing(void);
bool fdstore_owes(void);
/* Sends owed messages until all are sent or the socket is full. */
void fdstore_pay(int lifeline_fd);
