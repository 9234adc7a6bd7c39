/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the way down: SIGTERM, SIGKILL, sync, unmount, reboot. Whatever may block does so in a child, and PID 1 waits for it no
 * longer than power.h says; then it goes on.
 *
 * Never: returns, exits, waits without a deadline.
 */
#include "init/power.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "init/cgroup.h"
#include "init/log.h"
#include "init/machine.h"
#include "init/signals.h"
#include "init/unmount.h"

/* Between two last attempts to make the kernel stop. */
#define LAST_RESORT_MS 10000

static const struct {
	int command;
	const char *text;
} powers[] = {
	[POWER_STAY] = { RB_AUTOBOOT, "rebooting" }, /* not reached; a value that harms nothing */
	[POWER_OFF] = { RB_POWER_OFF, "powering off" },
	[POWER_REBOOT] = { RB_AUTOBOOT, "rebooting" },
	[POWER_HALT] = { RB_HALT_SYSTEM, "halting" },
};

static unsigned int exit_port;

/* Reaps until pid is gone (0: until there is no child at all), for timeout_us at most. Returns whether it is gone. */
static bool reap_until_gone(pid_t pid, int signal_fd, int64_t timeout_us)
{
	int64_t deadline = clock_us(CLOCK_MONOTONIC) + timeout_us;
	int64_t now;

	while ((now = clock_us(CLOCK_MONOTONIC)) < deadline) {
		pid_t reaped = waitpid(-1, NULL, WNOHANG);

		if ((pid != 0 && reaped == pid) || (reaped < 0 && errno == ECHILD))
			return true;
		/* The way down has one direction: what else is asked for is not looked at. */
		if (reaped <= 0)
			(void)signals_wait(signal_fd, -1, 0, deadline - now);
	}
	return false;
}

static pid_t start_child(void (*work)(int), int argument)
{
	pid_t pid = fork();

	if (pid == 0) {
		work(argument);
		_exit(0);
	}
	return pid;
}

static void do_step(const char *what, void (*work)(int), int argument, int signal_fd, int64_t timeout_us)
{
	pid_t pid = start_child(work, argument);

	if (pid < 0)
		log_failed(errno, "%s: fork", what);
	else if (!reap_until_gone(pid, signal_fd, timeout_us))
		log_say(LOG_QUIET, "%s is not done after %lld s; going on", what, (long long)(timeout_us / 1000000));
}

/* Everything but PID 1 and the caller. */
static void signal_all(int number)
{
	(void)kill(-1, number);
	/* Whoever is stopped cannot end in order. */
	if (number == SIGTERM)
		(void)kill(-1, SIGCONT);
}

/* Returns whether no process is left but PID 1. */
static bool end_processes(int number, int signal_fd, int64_t timeout_us)
{
	/* In a child, as kill(-1) may take its time in a full process table; without one, it is worth the risk. */
	if (start_child(signal_all, number) < 0)
		signal_all(number);
	return reap_until_gone(0, signal_fd, timeout_us);
}

static void sync_all(int unused)
{
	(void)unused;
	sync();
}

static void unmount_everything(int unused)
{
	(void)unused;
	unmount_all();
}

static void thaw_everything(int unused)
{
	(void)unused;
	unmount_thaw();
}

static void call_reboot(int command)
{
	if (reboot(command) < 0)
		log_failed(errno, "reboot");
}

static void end_everything(const struct power_request *request, int signal_fd)
{
	/*
	 * A frozen program cannot end in order, and is not let go for it: after a restore that failed it must not run with what it
	 * knows of the other machine.
	 */
	if (cgroup_work_is_frozen())
		cgroup_kill_work();
	if (end_processes(SIGTERM, signal_fd, request->term_us))
		return;
	log_say(LOG_INFO, "SIGKILL to those that are left");
	cgroup_kill_work();
	if (!end_processes(SIGKILL, signal_fd, POWER_KILL_US))
		log_say(LOG_QUIET, "some processes are still there; going on without them");
}

/* The last act: with such a device the VMM is gone at once. */
static void tell_vmm(const struct power_request *request)
{
	int r;

	if (exit_port == 0 || request->action == POWER_REBOOT)
		return;
	r = machine_exit(exit_port, request->status);
	if (r < 0)
		log_failed(r, "exit status to port 0x%x", exit_port);
}

void power_set_exit_port(uint16_t port)
{
	exit_port = port;
}

void power_down(const struct power_request *request, int signal_fd)
{
	const char *text = powers[request->action].text;
	int command = powers[request->action].command;

	log_say(LOG_INFO, "%s: SIGTERM to all, %lld ms to end", text, (long long)(request->term_us / 1000));
	do_step("thaw", thaw_everything, 0, signal_fd, POWER_THAW_US);
	end_everything(request, signal_fd);
	do_step("sync", sync_all, 0, signal_fd, POWER_SYNC_US);
	do_step("unmount", unmount_everything, 0, signal_fd, POWER_UNMOUNT_US);
	log_say(LOG_INFO, "%s now", text);
	tell_vmm(request);
	/* The kernel ends the task that calls it, and must not end PID 1 while drivers still shut down. */
	do_step("reboot", call_reboot, command, signal_fd, POWER_REBOOT_US);
	for (;;) {
		call_reboot(command);
		log_say(LOG_QUIET, "the machine is still here");
		poll(NULL, 0, LAST_RESORT_MS);
	}
}
