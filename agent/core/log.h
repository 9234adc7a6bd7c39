/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent says to whoever looks at the console; the host is answered through reply.h. */
#pragma once

#include "common/log_ring.h"

#define LOG_LINE_SIZE 256
#define LOG_PREFIX "pith-agent: "

/* Where lines are kept beyond our death, PID 1's among them; NULL without PID 1. */
extern struct log_ring *log_ring;

/* One line on stderr, "pith-agent: " before it and a newline behind it, cut to LOG_LINE_SIZE. No waiting for a console that is stuck. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy of all that is kept, for log_ring_next(); until the next call. */
char *log_text(void);
