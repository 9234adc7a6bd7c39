/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of signal names. */
#include "common/signame.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"

#define LAST_SIGNAL 64

static const char *const names[] = {
#define N(name) [name] = #name,
	N(SIGHUP) N(SIGINT) N(SIGQUIT) N(SIGILL) N(SIGTRAP) N(SIGABRT) N(SIGBUS) N(SIGFPE) N(SIGKILL) N(SIGUSR1) N(SIGSEGV)
	N(SIGUSR2) N(SIGPIPE) N(SIGALRM) N(SIGTERM) N(SIGSTKFLT) N(SIGCHLD) N(SIGCONT) N(SIGSTOP) N(SIGTSTP) N(SIGTTIN)
	N(SIGTTOU) N(SIGURG) N(SIGXCPU) N(SIGXFSZ) N(SIGVTALRM) N(SIGPROF) N(SIGWINCH) N(SIGIO) N(SIGPWR) N(SIGSYS)
#undef N
};

const char *signame(int number)
{
	return number > 0 && (size_t)number < ARRAY_SIZE(names) ? names[number] : NULL;
}

static int parse_number(const char *text)
{
	int number = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		number = number * 10 + (*text - '0');
		if (number > LAST_SIGNAL)
			return 0;
	}
	return number;
}

int signame_parse(const char *text)
{
	const char *name = strncmp(text, "SIG", 3) == 0 ? text + 3 : text;

	for (size_t i = 1; i < ARRAY_SIZE(names); i++)
		if (names[i] && strcmp(names[i] + 3, name) == 0)
			return (int)i;
	return parse_number(text);
}
