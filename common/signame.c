/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of signal names. */
#include "common/signame.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"

#define LAST_SIGNAL 64
/* SIGRTMIN of glibc, and so of what an image's programs expect; in our own C library it is another. */
#define FIRST_REAL_TIME 34

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

/* "RTMIN+3", "RTMAX-1" or one of both alone. */
static int parse_real_time(const char *name)
{
	bool is_first = strncmp(name, "RTMIN", 5) == 0;
	int distance;

	if (!is_first && strncmp(name, "RTMAX", 5) != 0)
		return 0;
	if (!name[5])
		return is_first ? FIRST_REAL_TIME : LAST_SIGNAL;
	distance = parse_number(name + 6);
	if (name[5] != (is_first ? '+' : '-') || !name[6] || distance > LAST_SIGNAL - FIRST_REAL_TIME)
		return 0;
	/* A 0 may be one that is no number. */
	if (distance == 0 && strspn(name + 6, "0") != strlen(name + 6))
		return 0;
	return is_first ? FIRST_REAL_TIME + distance : LAST_SIGNAL - distance;
}

int signame_parse(const char *text)
{
	const char *name = strncmp(text, "SIG", 3) == 0 ? text + 3 : text;
	int real_time = parse_real_time(name);

	if (real_time)
		return real_time;
	for (size_t i = 1; i < ARRAY_SIZE(names); i++)
		if (names[i] && strcmp(names[i] + 3, name) == 0)
			return (int)i;
	return parse_number(text);
}
