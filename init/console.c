/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns fds 0 to 2. The kernel opens /dev/console for PID 1 if the image has that node before any mount; if not, or if the
 * kernel has no console at all, PID 1 starts with the three closed.
 *
 * Never: leaves one of the three closed, takes a controlling terminal.
 */
#include "init/console.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "init/log.h"

static bool made_up[STDERR_FILENO + 1];

void console_hold_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* open() takes the lowest free number, which is fd. Writes to fd fail, and log.c sends the line to the kernel log. */
		made_up[fd] = true;
		if (open("/dev/console", O_RDWR | O_NOCTTY) < 0 && open("/dev/null", O_RDWR) < 0)
			open("/", O_RDONLY | O_DIRECTORY);
	}
}

/* Opens the console as fd `target`. Returns false without a console. */
static bool stdio_replace(int target)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);
	bool is_console = fd >= 0;

	if (!is_console)
		fd = open("/dev/null", O_RDWR);
	if (fd < 0)
		return false;
	dup2(fd, target);
	close(fd);
	return is_console;
}

void console_open(void)
{
	bool heard = true;
	int fd;

	log_open_kernel();
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (made_up[i])
			heard = stdio_replace(i);
	if (!heard) {
		log_set_console(-1);
		log_say(LOG_QUIET, "there is no console: the log of PID 1 is in the kernel log");
		return;
	}
	/* Opens the console anew, because O_NONBLOCK on the shared file description would affect the agent's stderr. */
	fd = open("/proc/self/fd/2", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		log_set_console(fd);
}
