/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the loop: two fds and a deadline. Events set fields of struct run; then the actions run in one fixed order: the agent's
 * messages, the dead, the agent's next start, the power.
 *
 * Never: returns, sleeps outside signals_wait(), does unbounded work in a turn.
 */
#include "init/main_loop.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/lifeline.h"
#include "init/fdstore.h"
#include "init/log.h"
#include "init/power.h"
#include "init/signals.h"
#include "init/supervise.h"
#include "init/thaw.h"

struct run {
	struct launch *launch;
	struct supervise supervise;
	struct lifeline_given given;	/* the next agent's information on its predecessors */
	int64_t trial_until_us;		/* deadline of an upgrade's new agent, while launch->previous_fd is kept */
	bool more_dead;			/* the last turn left dead children */
	bool told_unknown;		/* an unknown message was logged once */
	struct power_request power;
};

static int64_t now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* A failed spawn leads to a wait, so the loop ends after one further event. */
static void agent_event(struct run *run, enum supervise_event event)
{
	if (supervise_step(&run->supervise, event, now_us()) == SUPERVISE_DO_SPAWN) {
		int r = launch_spawn(run->launch, run->supervise.starts + 1);

		if (r < 0)
			log_failed(r, "cannot start the agent from %s", run->launch->path);
		else
			fdstore_owe_all(&run->given);
		supervise_step(&run->supervise, r < 0 ? SUPERVISE_SPAWN_FAILED : SUPERVISE_SPAWNED, now_us());
	}
}

static void agent_is_ready(struct run *run)
{
	if (run->supervise.state == SUPERVISE_RUNNING)
		log_say(LOG_INFO, "agent is ready (pid %d, start %u)", (int)run->launch->pid, run->supervise.starts);
	agent_event(run, SUPERVISE_SAID_READY);
	launch_keep(run->launch);
}

/* Without a payload the defaults apply. */
static bool ask_power(struct run *run, const struct lifeline_message *m, enum power_action action)
{
	struct lifeline_power wish;

	if (m->length > 0) {
		if (!lifeline_payload(m, &wish, sizeof(wish)))
			return false;
		run->power.term_us = (wish.grace_ms < POWER_TERM_MAX_MS ? wish.grace_ms : POWER_TERM_MAX_MS) * 1000LL;
		run->power.status = wish.status < UINT8_MAX ? (uint8_t)wish.status : UINT8_MAX;
	}
	run->power.action = action;
	return true;
}

/* Handles a message of the agent. False for an unknown message. The caller closes fds that were not taken. */
static bool obey(struct run *run, struct lifeline_message *m)
{
	switch (m->type) {
	case LIFELINE_READY:
		agent_is_ready(run);
		return true;
	case LIFELINE_POWEROFF:
		return ask_power(run, m, POWER_OFF);
	case LIFELINE_REBOOT:
		return ask_power(run, m, POWER_REBOOT);
	case LIFELINE_HALT:
		return ask_power(run, m, POWER_HALT);
	case LIFELINE_PUT:
		return fdstore_put(m);
	case LIFELINE_DROP:
		return fdstore_drop(m);
	case LIFELINE_THAW_AT:
		return thaw_set(m);
	case LIFELINE_UPGRADE:
		return m->fd_count == 1 && launch_offer(run->launch, take_fd(&m->fds[0]));
	default:
		return false;
	}
}

static void lifeline_message(struct run *run, struct lifeline_message *m, bool malformed)
{
	bool meant = !malformed && obey(run, m);

	lifeline_close_fds(m);
	if (meant || run->told_unknown)
		return;
	if (malformed)
		log_say(LOG_QUIET, "the agent sent an unknown message of %u bytes; such are ignored", m->length);
	else
		log_say(LOG_QUIET, "the agent sent a message of type %u that is not obeyed; such are ignored", m->type);
	run->told_unknown = true;
}

static void lifeline_read(struct run *run)
{
	static struct lifeline_message m;

	for (int i = 0; i < MAIN_LOOP_LIFELINE_TURN && run->launch->lifeline_fd >= 0; i++) {
		enum lifeline_received received = lifeline_receive(run->launch->lifeline_fd, &m);

		switch (received) {
		case LIFELINE_MESSAGE:
		case LIFELINE_MALFORMED:
			lifeline_message(run, &m, received == LIFELINE_MALFORMED);
			continue;
		case LIFELINE_END:
			/* A closed lifeline would stay ready for ever. The agent's end is reported by SIGCHLD. */
			close_fd(&run->launch->lifeline_fd);
			return;
		case LIFELINE_NOTHING:
			return;
		}
	}
}

static const char *how_of(int status)
{
	return WIFSIGNALED(status) ? "killed by signal" : "exited with";
}

static int what_of(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void tell_crash(const struct run *run, int status)
{
	int64_t wait = run->supervise.deadline_us - now_us();

	if (run->supervise.state == SUPERVISE_WAITING)
		log_say(LOG_QUIET, "agent (start %u) %s %d; next start in %lld ms", run->supervise.starts, how_of(status), what_of(status),
			(long long)(wait > 0 ? wait / 1000 : 0));
	else
		log_say(LOG_QUIET, "agent %s %d; started again (start %u)", how_of(status), what_of(status), run->supervise.starts);
}

/* The dead agent's messages were read before this call. */
static void agent_died(struct run *run, int status)
{
	lifeline_read(run);
	launch_forget(run->launch);
	fdstore_owe_nothing();
	if (launch_go_back(run->launch)) {
		run->given.upgrade = LIFELINE_UPGRADE_FAILED;
		run->given.upgrade_status = status;
		log_say(LOG_QUIET, "the new agent %s %d before it was ready; back to the one before", how_of(status), what_of(status));
		agent_event(run, SUPERVISE_HANDED_OVER);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == LIFELINE_HANDED_OVER && launch_switch(run->launch)) {
		run->given.upgrade = LIFELINE_UPGRADE_DONE;
		run->given.upgrade_status = 0;
		run->trial_until_us = now_us() + MAIN_LOOP_TRIAL_US;
		log_say(LOG_INFO, "agent handed over to a new one");
		agent_event(run, SUPERVISE_HANDED_OVER);
	} else {
		run->given.crashes++;
		run->given.last_status = status;
		run->given.last_us = clock_boot_us();
		agent_event(run, SUPERVISE_EXITED);
		tell_crash(run, status);
	}
}

static void reap(struct run *run)
{
	for (int i = 0; i < MAIN_LOOP_REAP_TURN; i++) {
		struct rusage usage;
		int status;
		pid_t pid = wait4(-1, &status, WNOHANG | WUNTRACED, &usage);

		if (pid <= 0) {
			run->more_dead = false;
			return;
		}
		if (WIFSTOPPED(status)) {
			/* Only root in the guest can stop the agent, and a stopped agent would not answer the host. */
			if (pid == run->launch->pid)
				(void)kill(pid, SIGCONT);
			continue;
		}
		if (pid == run->launch->pid) {
			agent_died(run, status);
			continue;
		}
		/* The process may be a child of an agent that has died, with an unread LIFELINE_PUT about this pid. */
		if (!fdstore_knows(pid))
			lifeline_read(run);
		fdstore_exited(pid, status, &usage);
	}
	run->more_dead = true;
}

/* Kills the new agent of an upgrade that is not ready at its deadline. */
static void end_trial(const struct run *run)
{
	if (run->launch->previous_fd >= 0 && run->launch->pid > 0 && now_us() >= run->trial_until_us)
		(void)kill(run->launch->pid, SIGKILL);
}

/* Time until the next deadline. */
static int64_t idle_us(const struct run *run)
{
	int64_t until = run->supervise.deadline_us;

	if (run->more_dead)
		return 0;
	if (thaw_deadline_us() < until)
		until = thaw_deadline_us();
	if (run->launch->previous_fd >= 0 && run->launch->pid > 0 && run->trial_until_us < until)
		until = run->trial_until_us;
	return until == SUPERVISE_NO_DEADLINE ? SIGNALS_NO_TIMEOUT : until - now_us();
}

void main_loop_run(struct launch *launch, int signal_fd, int64_t max_delay_us)
{
	struct run run = {
		.launch = launch,
		.supervise = SUPERVISE_INIT,
		.power = POWER_REQUEST_INIT,
	};

	run.supervise.max_delay_us = max_delay_us;
	agent_event(&run, SUPERVISE_START);
	while (run.power.action == POWER_STAY) {
		if (launch->lifeline_fd >= 0)
			fdstore_pay(launch->lifeline_fd);
		run.power.action = signals_wait(signal_fd, launch->lifeline_fd, fdstore_owes() ? POLLIN | POLLOUT : POLLIN, idle_us(&run));
		lifeline_read(&run);
		reap(&run);
		end_trial(&run);
		thaw_look(now_us());
		agent_event(&run, SUPERVISE_TIMER);
	}
	agent_event(&run, SUPERVISE_STOP);
	power_down(&run.power, signal_fd);
}
