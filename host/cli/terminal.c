/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the modes of stdin's terminal, and the signals that must not leave it raw.
 *
 * Never: leaves the terminal raw, at the end or when a signal ends or stops pith (SIGKILL and SIGSTOP cannot be caught);
 * makes the terminal raw from the background.
 */
#include "host/cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/cleanup.h"

static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGABRT, SIGSEGV, SIGBUS };
static const int others[] = { SIGTSTP, SIGCONT, SIGWINCH };

static struct termios saved, raw;
static volatile sig_atomic_t entered; /* between terminal_enter() and terminal_leave() */
static volatile sig_atomic_t is_raw;
static struct pith_conn *volatile target;

bool terminal_size(uint16_t *ret_rows, uint16_t *ret_cols)
{
	struct winsize size = { 0 };

	if ((ioctl(0, TIOCGWINSZ, &size) < 0 && ioctl(1, TIOCGWINSZ, &size) < 0) || size.ws_row == 0 ||
	    size.ws_col == 0)
		return false;
	*ret_rows = size.ws_row;
	*ret_cols = size.ws_col;
	return true;
}

static void tell_size(void)
{
	uint16_t rows, cols;

	if (terminal_size(&rows, &cols))
		pith_exec_resize(target, rows, cols);
}

static void make_raw(void)
{
	/* In the background tcsetattr() would stop this process; after `fg`, SIGCONT calls this again. */
	if (tcgetpgrp(0) == getpgrp() && tcsetattr(0, TCSANOW, &raw) == 0)
		is_raw = 1;
	tell_size();
}

static void restore(void)
{
	if (is_raw)
		tcsetattr(0, TCSANOW, &saved);
	is_raw = 0;
}

static void on_deadly(int signal_number)
{
	restore();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void install(int signal_number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	sigfillset(&action.sa_mask);
	/* A signal that was ignored at the start (nohup) stays ignored. */
	if (sigaction(signal_number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(signal_number, &action, NULL);
}

static void on_stop(int signal_number)
{
	sigset_t set, before;
	int error = errno;

	restore();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	/* The process stops here, and continues here with on_continue(). */
	sigprocmask(SIG_SETMASK, &before, NULL);
	install(signal_number, on_stop);
	errno = error;
}

static void on_continue(int signal_number)
{
	int error = errno;

	(void)signal_number;
	if (entered)
		make_raw();
	errno = error;
}

static void on_resize(int signal_number)
{
	int error = errno;

	(void)signal_number;
	tell_size();
	errno = error;
}

void terminal_enter(struct pith_conn *conn)
{
	if (entered || tcgetattr(0, &saved) < 0)
		return;
	target = conn;
	raw = saved;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	entered = 1;
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		install(deadly[i], on_deadly);
	install(SIGTSTP, on_stop);
	install(SIGCONT, on_continue);
	install(SIGWINCH, on_resize);
	make_raw();
}

void terminal_leave(void)
{
	if (!entered)
		return;
	entered = 0;
	/* These signals come first, because their handlers use the connection. */
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		signal(others[i], SIG_DFL);
	restore();
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++) {
		struct sigaction old;

		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == on_deadly)
			signal(deadly[i], SIG_DFL);
	}
}

bool terminal_is_raw(void)
{
	return is_raw != 0;
}

void terminal_suspend(void)
{
	raise(SIGTSTP);
}
