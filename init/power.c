/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the shutdown: SIGTERM, SIGKILL, sync, unmount, reboot. A step that may block runs in a child, and PID 1 waits for the
 * child up to the bounds in power.h; then the next step follows.
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

/* Between two attempts of reboot(2) at the end. */
#define LAST_RESORT_MS 10000

static const struct {
	int command;
	const char *text;
} powers[] = {
	[POWER_STAY] = { RB_AUTOBOOT, "rebooting" }, /* not reached; a harmless value */
	[POWER_OFF] = { RB_POWER_OFF, "powering off" },
	[POWER_REBOOT] = { RB_AUTOBOOT, "rebooting" },
	[POWER_HALT] = { RB_HALT_SYSTEM, "halting" },
};

static unsigned int exit_port;

/* Reaps until pid has ended (0: until no child is left), for at most timeout_us. Returns true if so. */
static bool reap_until_gone(pid_t pid, int signal_fd, int64_t timeout_us)
{
	int64_t deadline = clock_us(CLOCK_MONOTONIC) + timeout_us;
	int64_t now;

	while ((now = clock_us(CLOCK_MONOTONIC)) < deadline) {
		pid_t reaped = waitpid(-1, NULL, WNOHANG);

		if ((pid != 0 && reaped == pid) || (reaped < 0 && errno == ECHILD))
			return true;
		/* Further power signals are ignored during the shutdown. */
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
	/* A stopped process cannot handle SIGTERM. */
	if (number == SIGTERM)
		(void)kill(-1, SIGCONT);
}

/* Signals all processes. Returns true if only PID 1 is left. */
static bool end_processes(int number, int signal_fd, int64_t timeout_us)
{
	/* In a child, because kill(-1) may be slow in a full process table; without a child, PID 1 takes this risk. */
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
	 * Frozen programs get no SIGTERM, and are not thawed for it: after a failed restore they must not run with the entropy and
	 * names of the other machine.
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

/* The last step: with an exit device the VMM ends at once. */
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
	/* In a child: the kernel ends the task that calls reboot(2), and must not end PID 1 while drivers shut down. */
	do_step("reboot", call_reboot, command, signal_fd, POWER_REBOOT_US);
	for (;;) {
		call_reboot(command);
		log_say(LOG_QUIET, "the machine is still here");
		poll(NULL, 0, LAST_RESORT_MS);
	}
}
