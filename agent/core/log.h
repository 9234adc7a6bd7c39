/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's log: lines on the console and in a ring that outlives the agent. Replies to the host are reply.h's. */
#pragma once

#include "common/log_ring.h"

#define LOG_LINE_SIZE 256
#define LOG_PREFIX "pith-agent: "

/* Ring of the log lines of PID 1 and all agents of this boot; NULL without PID 1. */
extern struct log_ring *log_ring;

/*
 * Writes one line to stderr: "pith-agent: ", the text, a newline, cut to LOG_LINE_SIZE. Does not wait for a console
 * that is stuck.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns a copy of the whole ring, for log_ring_next(); valid until the next call. */
char *log_text(void);
