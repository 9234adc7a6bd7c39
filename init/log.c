/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way out for PID 1's words. A console that is full or gone (EAGAIN, EIO) costs nothing but the detour into the
 * kernel's ring buffer, which never blocks.
 *
 * Never: allocates, waits, fails.
 */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fmt.h"
#include "common/io.h"

#define PREFIX "pith-init: "
#define KERNEL_PRIORITY "<4>" /* warning */

static enum log_level log_level = LOG_INFO;
static int console_fd = STDERR_FILENO;
static int kernel_fd = -1;

/* line holds KERNEL_PRIORITY, which the console is not shown. */
static void line_write(const char *line, size_t len)
{
	size_t skip = strlen(KERNEL_PRIORITY);

	if (console_fd >= 0 && io_write(console_fd, line + skip, len - skip) == (ssize_t)(len - skip))
		return;
	if (kernel_fd >= 0)
		(void)io_write(kernel_fd, line, len);
}

__attribute__((format(printf, 2, 0))) static void line_say(int error, const char *format, va_list args)
{
	char line[LOG_LINE_MAX] = KERNEL_PRIORITY PREFIX;
	size_t room = sizeof(line) - 1; /* for the newline */
	size_t len = strlen(line);

	len += fmt_text_v(line + len, room - len, format, args);
	if (error)
		len += fmt_text(line + len, room - len, ": %s (errno %d)", strerror(abs(error)), abs(error));
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	line_write(line, len);
}

void log_say(enum log_level level, const char *format, ...)
{
	va_list args;

	if (level > log_level)
		return;
	va_start(args, format);
	line_say(0, format, args);
	va_end(args);
}

void log_failed(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_say(error, format, args);
	va_end(args);
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

void log_set_console(int fd)
{
	console_fd = fd;
}

void log_open_kernel(void)
{
	if (kernel_fd < 0)
		kernel_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}
