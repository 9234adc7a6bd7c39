/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the meaning of signals, which is that of init programs before: see signal_rows. From inside the guest only root can send
 * them.
 *
 * Never: acts on a signal; it is told to the caller.
 */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
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
	/* Fails in a PID namespace, where there is no keyboard either. */
	(void)reboot(RB_DISABLE_CAD);
	return fd;
}

struct signals_seen signals_read(int fd)
{
	struct signals_seen seen = { .power = POWER_STAY };
	struct signalfd_siginfo infos[SIGNALS_TURN];
	ssize_t n = io_read(fd, infos, sizeof(infos));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(infos[0]); i++) {
		if (infos[i].ssi_signo == SIGCHLD)
			seen.child = true;
		for (size_t row = 0; row < ARRAY_SIZE(signal_rows); row++) {
			if ((int)infos[i].ssi_signo != signal_rows[row].number)
				continue;
			log_say(LOG_INFO, "%s from pid %u", signal_rows[row].text, infos[i].ssi_pid);
			if (seen.power == POWER_STAY)
				seen.power = signal_rows[row].power;
		}
	}
	return seen;
}
