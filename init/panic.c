/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the signals of a crash. No file system is synced or unmounted: after a crash PID 1's memory cannot be trusted, and a
 * journaling file system recovers by itself.
 *
 * Never: returns from a crash, uses anything that is not async-signal-safe.
 */
#include "init/panic.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "init/log.h"

/* How long the child may take to reboot before PID 1 does it itself. */
#define PANIC_CHILD_MS 2000

static const struct {
	int number;
	const char *name;
} crashes[] = {
	{ SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" }, { SIGILL, "SIGILL" }, { SIGFPE, "SIGFPE" }, { SIGABRT, "SIGABRT" },
};

static char panic_stack[16 << 10];

static const char *crash_name(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		if (crashes[i].number == number)
			return crashes[i].name;
	return "?";
}

static void panic_handler(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (getpid() != 1) /* in a child between fork and exec: PID 1 gets SIGCHLD */
		_exit(128 + number);
	/* From a fault si_code is positive and si_addr the address; from kill() si_pid is the sender. */
	if (info->si_code > 0)
		log_say(LOG_QUIET, "crashed by %s at address 0x%llx; rebooting", crash_name(number),
			(unsigned long long)(uintptr_t)info->si_addr);
	else
		log_say(LOG_QUIET, "crashed by %s, sent by pid %d; rebooting", crash_name(number), (int)info->si_pid);
	/*
	 * In a child, because the kernel ends the task that calls reboot(2), and the end of PID 1 is a kernel panic. By the bare system
	 * call, because the C library's fork() takes locks that the crashed code may hold.
	 */
	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
		reboot(RB_AUTOBOOT);
		_exit(1);
	}
	poll(NULL, 0, PANIC_CHILD_MS);
	reboot(RB_AUTOBOOT);
	log_say(LOG_QUIET, "reboot failed; this machine is stuck");
	for (;;)
		pause();
}

void panic_arm(void)
{
	const stack_t stack = { .ss_sp = panic_stack, .ss_size = sizeof(panic_stack) };
	/* SA_RESETHAND: the kernel handles a crash in the handler itself. */
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND };
	bool armed = sigaltstack(&stack, NULL) == 0;

	action.sa_sigaction = panic_handler;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		armed = sigaction(crashes[i].number, &action, NULL) == 0 && armed;
	if (!armed)
		log_say(LOG_QUIET, "no crash handlers: a crash of PID 1 is a kernel panic");
}
