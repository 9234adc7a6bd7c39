/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the handlers that pass signals on. Never: leaves a user without a way out of a guest that is silent. */
#include "host/cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "common/clock.h"

static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM };

/* For the handler: one exec per process. */
static struct pith_conn *volatile signal_target;
static volatile sig_atomic_t last_signal;

#define INSISTING_US 2000000 /* nobody presses Ctrl-C three times in 2 s who still wants to wait */

/* True for the third SIGINT or SIGTERM in a short time. Runs in the handler only, which does not interrupt itself. */
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

/* The way out for a user whose guest does not answer any more: else every signal would go there. */
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

/* What was ignored (nohup) stays ignored. */
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

/* The handler must not find a connection that is gone. */
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
