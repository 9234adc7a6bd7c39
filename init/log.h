/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of PID 1 on the console, or in the kernel log where the console takes none. Safe in a signal handler. */
#pragma once

/* A line is shown if its level is not above the one that was set. */
enum log_level {
	LOG_QUIET,	/* what went wrong; always shown */
	LOG_INFO,
	LOG_DEBUG,
};

/* One line, cut at LOG_LINE_MAX bytes; control characters become '?'. */
void log_say(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "…: No such file or directory (errno 2)": error is an errno, negative or not. Always shown. */
void log_failed(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

void log_set_level(enum log_level level);

/* Where lines go from now on; -1: to the kernel log. The caller keeps the fd. It is stderr at first. */
void log_set_console(int fd);

/* Opens the kernel log, so that a line that the console does not take is kept there. */
void log_open_kernel(void);

#define LOG_LINE_MAX 512

/* From now on lines are kept in memory too, those below the console's level as well. Returns its fd for the agent, or -errno. */
int log_open_ring(void);
