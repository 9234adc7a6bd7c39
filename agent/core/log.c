/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the form of the agent's log lines. Never: fails, allocates. */
#include "agent/core/log.h"

#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fmt.h"

/* The level of all lines of the agent, as in syslog: 4 is a warning. */
#define LEVEL 4

struct log_ring *log_ring;

static const char prefix[] = LOG_PREFIX;

void log_line(const char *format, ...)
{
	char line[LOG_LINE_SIZE];
	size_t len = fmt_text(line, sizeof(line) - 1, "%s", prefix);
	va_list args;

	va_start(args, format);
	len += fmt_text_v(line + len, sizeof(line) - 1 - len, format, args);
	va_end(args);
	log_ring_write(log_ring, clock_boot_us(), LEVEL, line, len);
	line[len++] = '\n';
	/* A console that is stopped must not stop the agent. One write, so that the line does not mix with others. */
	if (poll(&(struct pollfd){ .fd = STDERR_FILENO, .events = POLLOUT }, 1, 0) == 1 && write(STDERR_FILENO, line, len) < 0)
		return;
}

char *log_text(void)
{
	static char text[LOG_RING_BYTES + 1];

	text[0] = '\0';
	if (log_ring)
		log_ring_read(log_ring, text, sizeof(text));
	return text;
}
