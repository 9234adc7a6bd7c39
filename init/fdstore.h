/* SPDX-License-Identifier: Apache-2.0 */
/* What PID 1 keeps for the agent: fds under keys, and the ends of processes that became PID 1's children. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct lifeline_given;
struct lifeline_message;

/* All execs that an agent may know at once (1,280), and some hundreds of other things. */
#define FDSTORE_ENTRIES 1536u
/* Of one entry. */
#define FDSTORE_FDS 8u
/* nofile of PID 1: a full store. */
#define FDSTORE_NOFILE 16384u

/* Makes room for the fds of a full store. *ret_before is what children are to have. */
void fdstore_init(struct rlimit *ret_before);

/* LIFELINE_PUT and LIFELINE_DROP; the fds of the message are consumed. False: it is malformed, or there is no room. */
bool fdstore_put(struct lifeline_message *message);
bool fdstore_drop(const struct lifeline_message *message);

/* PID 1's own word to the agent: fd is the store's now. Negative: nothing is kept. */
void fdstore_keep(uint64_t key, int fd);

bool fdstore_knows(pid_t pid);
/* In a child: thaws what is kept under STORE_FREEZE, in the order of freezing reversed. May hang with a disk. */
void fdstore_thaw(void);

/* The process was reaped. One that the store does not know is forgotten. */
void fdstore_exited(pid_t pid, int status, const struct rusage *usage);

/* A new agent is to be given everything, and then *given. */
void fdstore_owe_all(const struct lifeline_given *given);
/* The agent is gone: nobody is owed anything. */
void fdstore_owe_nothing(void);
bool fdstore_owes(void);
/* Sends what is owed, until all is sent or the socket is full. */
void fdstore_pay(int lifeline_fd);
