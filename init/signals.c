/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the meaning of signals, as in earlier init programs: see signal_rows. Inside the guest only root can send them.
 *
 * Never: acts on a signal; the caller does.
 */
#include "init/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "init/log.h"

static const struct {
	int number;
	enum power_action power;
	const char *text;
} signal_rows[] = {
	{ SIGINT, POWER_REBOOT, "SIGINT (Ctrl-Alt-Del)" },
	{ SIGTERM, POWER_REBOOT, "SIGTERM" },
	{ SIGUSR1, POWER_HALT, "SIGUSR1" },
	{ SIGUSR2, POWER_OFF, "SIGUSR2" },
	{ SIGPWR, POWER_OFF, "SIGPWR" },
};

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };

/* Returns 0 or -errno. */
static int read_signals(int fd, enum power_action *power)
{
	struct signalfd_siginfo infos[SIGNALS_TURN];
	ssize_t n = io_read(fd, infos, sizeof(infos));

	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	for (size_t i = 0; i < (size_t)n / sizeof(infos[0]); i++) {
		for (size_t row = 0; row < ARRAY_SIZE(signal_rows); row++) {
			if ((int)infos[i].ssi_signo != signal_rows[row].number)
				continue;
			log_say(LOG_INFO, "%s from pid %u", signal_rows[row].text, infos[i].ssi_pid);
			if (*power == POWER_STAY)
				*power = signal_rows[row].power;
		}
	}
	return 0;
}

static struct timespec timespec_of(int64_t us)
{
	return (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
}

int signals_hold(void)
{
	sigset_t blocked;
	sigset_t wanted;
	int fd;

	sigfillset(&blocked);
	for (size_t i = 0; i < ARRAY_SIZE(crash_signals); i++)
		sigdelset(&blocked, crash_signals[i]);
	sigprocmask(SIG_SETMASK, &blocked, NULL);

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(signal_rows); i++)
		sigaddset(&wanted, signal_rows[i].number);
	fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		fd = -errno;
		log_failed(fd, "signalfd");
	}
	/* Fails in a PID namespace, which has no keyboard. */
	(void)reboot(RB_DISABLE_CAD);
	return fd;
}

enum power_action signals_wait(int signal_fd, int other_fd, short other_events, int64_t timeout_us)
{
	struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN }, { .fd = other_fd, .events = other_events } };
	enum power_action power = POWER_STAY;
	struct timespec timeout;
	int r = 0;

	if (signal_fd < 0 && timeout_us > SIGNALS_BLIND_US)
		timeout_us = SIGNALS_BLIND_US;
	timeout = timespec_of(timeout_us > 0 ? timeout_us : 0);
	if (ppoll(fds, ARRAY_SIZE(fds), timeout_us == SIGNALS_NO_TIMEOUT ? NULL : &timeout, NULL) < 0)
		r = -errno;
	if (fds[0].revents || (r < 0 && signal_fd >= 0))
		r = read_signals(signal_fd, &power) < 0 ? -EIO : r;
	if (r < 0 && r != -EINTR) {
		/* A failing poll would fail again at once: PID 1 sleeps SIGNALS_BLIND_US instead of spinning. */
		timeout = timespec_of(SIGNALS_BLIND_US);
		nanosleep(&timeout, NULL);
	}
	return power;
}
