/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the loop: two fds and a deadline. Events set fields of struct run; then the actions run in one fixed order: the agent's
 * messages, the dead, the agent's next start, the power.
 *
 * Never: returns, sleeps outside signals_wait(), does unbounded work in a turn.
 */
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/lifeline.h"
#include "init/log.h"
#include "init/power.h"
#include "init/signals.h"
#include "init/supervise.h"

struct run {
	struct launch *launch;
	struct supervise supervise;
	bool more_dead;		/* the last turn did not reap all */
	bool told_unknown;	/* a message that is not in lifeline.h was logged */
	enum power_action power;
};

static int64_t now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* Each failed spawn ends in a wait, so this ends after one answer. */
static void agent_event(struct run *run, enum supervise_event event)
{
	if (supervise_step(&run->supervise, event, now_us()) == SUPERVISE_DO_SPAWN) {
		int r = launch_spawn(run->launch, run->supervise.starts + 1);

		if (r < 0)
			log_failed(r, "cannot start the agent from %s", run->launch->path);
		supervise_step(&run->supervise, r < 0 ? SUPERVISE_SPAWN_FAILED : SUPERVISE_SPAWNED, now_us());
	}
}

static void lifeline_message(struct run *run, const char *message, size_t len)
{
	switch (len == 1 ? message[0] : 0) {
	case LIFELINE_READY:
		if (run->supervise.state == SUPERVISE_RUNNING)
			log_say(LOG_INFO, "agent is ready (pid %d, start %u)", (int)run->launch->pid, run->supervise.starts);
		agent_event(run, SUPERVISE_SAID_READY);
		return;
	case LIFELINE_POWEROFF:
		run->power = POWER_OFF;
		return;
	case LIFELINE_REBOOT:
		run->power = POWER_REBOOT;
		return;
	case LIFELINE_HALT:
		run->power = POWER_HALT;
		return;
	default:
		if (!run->told_unknown)
			log_say(LOG_QUIET, "the agent sent an unknown message of %zu bytes; such are ignored", len);
		run->told_unknown = true;
		return;
	}
}

static void lifeline_read(struct run *run)
{
	for (int i = 0; i < RUN_LIFELINE_TURN && run->launch->lifeline_fd >= 0; i++) {
		char message[8];
		struct pollfd end = { .fd = run->launch->lifeline_fd, .events = POLLIN };
		/* MSG_TRUNC: the length that was sent, though no more than the buffer is kept. */
		ssize_t n = recv(run->launch->lifeline_fd, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);

		if (n > 0) {
			lifeline_message(run, message, (size_t)n);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* Nothing more will come, and the fd would be ready for ever. What it means, SIGCHLD tells. */
		if (n < 0 || (poll(&end, 1, 0) > 0 && (end.revents & POLLHUP))) {
			close_fd(&run->launch->lifeline_fd);
			return;
		}
		lifeline_message(run, message, 0);
	}
}

static void tell_agent_death(const struct run *run, int status)
{
	const char *how = WIFSIGNALED(status) ? "killed by signal" : "exited with";
	int what = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	int64_t wait = run->supervise.deadline_us - now_us();

	if (run->supervise.state == SUPERVISE_WAITING)
		log_say(LOG_QUIET, "agent (start %u) %s %d; next start in %lld ms", run->supervise.starts, how, what,
			(long long)(wait > 0 ? wait / 1000 : 0));
	else
		log_say(LOG_QUIET, "agent %s %d; started again (start %u)", how, what, run->supervise.starts);
}

static void reap(struct run *run)
{
	for (int i = 0; i < RUN_REAP_TURN; i++) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid <= 0) {
			run->more_dead = false;
			return;
		}
		if (pid != run->launch->pid)
			continue;
		/* What it said before it died was read before. */
		launch_forget(run->launch);
		agent_event(run, SUPERVISE_EXITED);
		tell_agent_death(run, status);
	}
	run->more_dead = true;
}

/* How long nothing needs to be done. */
static int64_t idle_us(const struct run *run)
{
	if (run->more_dead)
		return 0;
	if (run->supervise.deadline_us == SUPERVISE_NO_DEADLINE)
		return SIGNALS_NO_TIMEOUT;
	return run->supervise.deadline_us - now_us();
}

void run_forever(struct launch *launch, int signal_fd)
{
	struct run run = {
		.launch = launch,
		.supervise = SUPERVISE_INIT,
		.power = POWER_STAY,
	};

	agent_event(&run, SUPERVISE_START);
	while (run.power == POWER_STAY) {
		run.power = signals_wait(signal_fd, launch->lifeline_fd, idle_us(&run));
		lifeline_read(&run);
		reap(&run);
		agent_event(&run, SUPERVISE_TIMER);
	}
	agent_event(&run, SUPERVISE_STOP);
	power_down(run.power, signal_fd);
}
