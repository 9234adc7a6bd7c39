/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the handlers that forward signals. Never: leaves a user without a way out when the guest does not answer. */
#include "host/cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "common/clock.h"

static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM };

/* Read by the handler; one exec per process. */
static struct pith_conn *volatile signal_target;
static volatile sig_atomic_t last_signal;

#define INSISTING_US 2000000 /* a user who presses Ctrl-C three times in 2 s does not want to wait any more */

/* True for the third SIGINT or SIGTERM within INSISTING_US. Called by the handler only, which does not interrupt itself. */
static bool is_insisting(int signal_number)
{
	static int64_t before, last;
	int64_t now = clock_us(CLOCK_MONOTONIC);
	bool third = before != 0 && now - before < INSISTING_US;

	if (signal_number != SIGINT && signal_number != SIGTERM)
		return false;
	before = last;
	last = now;
	return third;
}

/* A third SIGINT or SIGTERM ends pith, because a guest that does not answer would swallow every signal. */
static void forward_signal(int signal_number)
{
	int saved = errno;

	last_signal = signal_number;
	if (is_insisting(signal_number)) {
		signal(signal_number, SIG_DFL);
		raise(signal_number);
	} else {
		pith_exec_signal(signal_target, signal_number);
	}
	errno = saved;
}

/* A signal that was ignored at the start (nohup) stays ignored. */
void signals_forward(struct pith_conn *conn)
{
	struct sigaction action = { .sa_handler = forward_signal, .sa_flags = SA_RESTART }, old;

	signal_target = conn;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaddset(&action.sa_mask, forwarded[i]);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
		if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(forwarded[i], &action, NULL);
	}
}

/* The handler must not use a closed connection. */
void signals_stop(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
		struct sigaction old;

		if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler == forward_signal)
			signal(forwarded[i], SIG_IGN);
	}
}

int signals_last(void)
{
	return last_signal;
}
