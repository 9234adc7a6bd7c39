/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the output of PID 1's log lines. If the console is full or gone (EAGAIN, EIO), the line goes to the kernel's ring
 * buffer, which never blocks.
 *
 * Never: allocates, waits, fails.
 */
#include "init/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fmt.h"
#include "common/io.h"
#include "common/log_ring.h"

#define PREFIX "pith-init: "
#define KERNEL_PRIORITY "<4>" /* warning */
/* Levels of syslog, as the kernel's log has them. */
#define RING_ERROR 3
#define RING_WARNING 4
#define RING_INFORMATION 6
#define RING_DEBUG 7

static enum log_level log_level = LOG_INFO;
static int console_fd = STDERR_FILENO;
static int kernel_fd = -1;
static struct log_ring *ring;

/* line begins with KERNEL_PRIORITY, which is left out on the console. */
static void line_write(const char *line, size_t len)
{
	size_t skip = strlen(KERNEL_PRIORITY);

	if (console_fd >= 0 && io_write(console_fd, line + skip, len - skip) == (ssize_t)(len - skip))
		return;
	if (kernel_fd >= 0)
		(void)io_write(kernel_fd, line, len);
}

__attribute__((format(printf, 3, 0))) static void line_say(enum log_level level, int error, const char *format, va_list args)
{
	static const unsigned char ring_levels[] = { [LOG_QUIET] = RING_WARNING, [LOG_INFO] = RING_INFORMATION, [LOG_DEBUG] = RING_DEBUG };
	char line[LOG_LINE_MAX] = KERNEL_PRIORITY PREFIX;
	size_t room = sizeof(line) - 1; /* for the newline */
	size_t len = strlen(line);

	len += fmt_text_v(line + len, room - len, format, args);
	if (error)
		len += fmt_text(line + len, room - len, ": %s (errno %d)", strerror(abs(error)), abs(error));
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	log_ring_write(ring, clock_boot_us(), error ? RING_ERROR : ring_levels[level], line + strlen(KERNEL_PRIORITY),
		       len - strlen(KERNEL_PRIORITY));
	if (level > log_level)
		return;
	line[len++] = '\n';
	line_write(line, len);
}

void log_say(enum log_level level, const char *format, ...)
{
	va_list args;

	/* `quiet` applies to the console only; the ring gets all levels, but debug lines only with `debug`. */
	if (level > log_level && level == LOG_DEBUG)
		return;
	va_start(args, format);
	line_say(level, 0, format, args);
	va_end(args);
}

void log_failed(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_say(LOG_QUIET, error, format, args);
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

int log_open_ring(void)
{
	int fd = log_ring_new();

	ring = log_ring_map(fd);
	return fd;
}
