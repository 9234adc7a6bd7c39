/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of PID 1 on the console, or in the kernel log if the console takes none. Safe in a signal handler. */
#pragma once

/* A line is shown if its level is not above the configured level. */
enum log_level {
	LOG_QUIET,	/* errors; always shown */
	LOG_INFO,
	LOG_DEBUG,
};

/* One line, cut at LOG_LINE_MAX bytes; control characters become '?'. */
void log_say(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "…: No such file or directory (errno 2)": error is an errno, negative or not. Always shown. */
void log_failed(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

void log_set_level(enum log_level level);

/* Sets the fd for log lines; -1: the kernel log. The caller keeps ownership of the fd. The default is stderr. */
void log_set_console(int fd);

/* Opens the kernel log for lines that the console does not take. */
void log_open_kernel(void);

#define LOG_LINE_MAX 512

/* Starts to keep lines in memory too, also lines that the console does not show. Returns the ring's fd for the agent, or -errno. */
int log_open_ring(void);
