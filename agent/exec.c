/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the life of execs, from clone to record. The end is the program's exit, not its pipes': after the exit, what is in
 * the pipes is read, and then only a bounded time is given to descendants that hold them open.
 *
 * Never: blocks, waits for anything but its own children by pidfd, makes up an exit status.
 */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "attach.h"
#include "cleanup.h"
#include "clock.h"
#include "exec_io.h"
#include "exec_leaf.h"
#include "fmt.h"
#include "io.h"
#include "limits.h"
#include "reply.h"

/* The rest of the way is the same for one that never started. */
static void end(struct exec *e)
{
	struct exec_record *record = &e->record;

	loop_timer_clear(&e->agent->loop, &e->drain);
	if (e->in.watch.fd >= 0)
		exec_input_close(e);
	leaf_read_usage(&e->leaf, &record->usage);
	if (record->cause == EXEC_SIGNALED && record->signal == SIGKILL && record->usage.oom_kills)
		record->cause = EXEC_OOM;
	record->output_open = e->out[0].watch.fd >= 0 || e->out[1].watch.fd >= 0;
	for (int i = 0; i < 2; i++) {
		record->output_bytes[i] = e->out[i].ring.head;
		if (e->out[i].ring.size)
			exec_ring_fit(e, &e->out[i].ring);
	}
	e->state = EXEC_ENDED;
	e->agent->execs_running--;
	e->agent->execs_ended++;
	exec_leaf_retire(e);
	attachments_bound(e);
	attachments_touch(e);
}

/*
 * Waiting for a reader is not waiting for a descendant: a paused pipe stops the clock (but not for ever: a descendant that writes
 * without a pause has its pipe paused all the time), and what was in the pipes when the program ended is read whatever the
 * clock says. With nobody to read, it stays there for those who attach later.
 */
static bool output_is_due(const struct exec *e)
{
	bool late = clock_boot_us() >= e->drain_until_us;

	for (int i = 0; i < 2; i++) {
		const struct exec_output *o = &e->out[i];

		if (o->watch.fd < 0)
			continue;
		if (o->watch.added ? o->must_read > 0 : exec_has_readers(e) && (o->must_read > 0 || !late))
			return true;
	}
	return false;
}

static void drain(struct exec *e)
{
	int64_t left = e->drain_until_us - clock_boot_us();

	if (e->out[0].watch.fd < 0 && e->out[1].watch.fd < 0)
		end(e);
	else
		loop_timer_set(&e->agent->loop, &e->drain, left < LIMIT_DRAIN_IDLE_US ? left : LIMIT_DRAIN_IDLE_US);
}

static void on_drain_timer(struct timer *timer)
{
	struct exec *e = container_of(timer, struct exec, drain);

	if (output_is_due(e))
		loop_timer_set(&e->agent->loop, timer, LIMIT_DRAIN_IDLE_US);
	else
		end(e);
}

static void on_input(struct watch *watch, uint32_t events)
{
	struct exec *e = container_of(watch, struct exec, in.watch);

	/* With nothing to write only EPOLLERR comes: the program closed its stdin. */
	if ((events & EPOLLERR) && ring_used(&e->in.ring) == 0)
		exec_input_close(e);
	else
		exec_input_write(e);
}

static void start_failed(struct exec *e, enum spawn_stage stage, int error_number)
{
	e->record.cause = EXEC_START_FAILED;
	e->record.stage = stage;
	e->record.error_number = error_number;
}

static void on_report(struct watch *watch, uint32_t events)
{
	struct exec *e = container_of(watch, struct exec, report);
	struct spawn_report report;
	ssize_t n = io_read(watch->fd, &report, sizeof(report));

	(void)events;
	if (n == -EAGAIN)
		return;
	loop_timer_clear(&e->agent->loop, &e->report_late);
	loop_close(&e->agent->loop, watch);
	if (n == sizeof(report)) {
		start_failed(e, (enum spawn_stage)report.stage, report.error_number);
		return;
	}
	e->state = EXEC_RUNNING;
	attachments_touch(e);
}

static void on_output(struct watch *watch, uint32_t events)
{
	struct exec_output *o = container_of(watch, struct exec_output, watch);
	struct exec *e = o->exec;

	(void)events;
	if (e->launching)
		launcher_poll(e->agent);
	if (e->report.fd >= 0)
		on_report(&e->report, 0);
	exec_output_read(o);
	if (e->state == EXEC_DRAINING)
		drain(e);
}

static void on_report_late(struct timer *timer)
{
	struct exec *e = container_of(timer, struct exec, report_late);

	if (e->launching)
		launcher_listen(e->agent);
	else
		loop_watch(&e->agent->loop, &e->report, EPOLLIN);
}

static void take_status(struct exec *e, const siginfo_t *info, const struct rusage *usage)
{
	struct exec_record *record = &e->record;

	record->wall_us = (uint64_t)(clock_boot_us() - e->started_us);
	record->usage.cpu_user_us = (uint64_t)usage->ru_utime.tv_sec * 1000000 + (uint64_t)usage->ru_utime.tv_usec;
	record->usage.cpu_system_us = (uint64_t)usage->ru_stime.tv_sec * 1000000 + (uint64_t)usage->ru_stime.tv_usec;
	record->usage.peak_memory_bytes = (uint64_t)usage->ru_maxrss * 1024;
	if (record->cause == EXEC_START_FAILED)
		return;
	if (info->si_code == CLD_EXITED) {
		record->cause = e->timed_out ? EXEC_TIMED_OUT : EXEC_EXITED;
		record->code = info->si_status;
		return;
	}
	record->cause = e->timed_out ? EXEC_TIMED_OUT : EXEC_SIGNALED;
	if (e->kill_requested && info->si_status == SIGKILL)
		record->cause = EXEC_KILLED;
	record->by_signal = true;
	record->signal = info->si_status;
	record->core_dumped = info->si_code == CLD_DUMPED;
}

static void on_process(struct watch *watch, uint32_t events)
{
	struct exec *e = container_of(watch, struct exec, process);
	siginfo_t info = { 0 };
	struct rusage usage = { 0 };

	(void)events;
	/* The system call and not waitid(3): it tells the usage of exactly this child. */
	if (syscall(SYS_waitid, P_PIDFD, watch->fd, &info, WEXITED | WNOHANG, &usage) < 0 || info.si_pid == 0)
		return;
	/* The child that has ended has also ended its report, whichever event came first. */
	if (e->report.fd >= 0)
		on_report(&e->report, 0);
	/* What is asked for from here on does not change how it ended. */
	take_status(e, &info, &usage);
	loop_close(&e->agent->loop, watch);
	/* Once its time is over the tree has its grace, also if the program itself does not need it. */
	if (!e->timed_out)
		loop_timer_clear(&e->agent->loop, &e->timeout);
	e->state = EXEC_DRAINING;
	e->drain_until_us = clock_boot_us() + LIMIT_DRAIN_US;
	for (int i = 0; i < 2; i++) {
		int pending = 0;

		if (e->out[i].watch.fd >= 0 && ioctl(e->out[i].watch.fd, FIONREAD, &pending) == 0)
			e->out[i].must_read = (size_t)pending;
		exec_output_read(&e->out[i]);
	}
	drain(e);
}

static void on_timeout(struct timer *timer)
{
	struct exec *e = container_of(timer, struct exec, timeout);

	if (e->timed_out) {
		exec_kill_tree(e);
		return;
	}
	e->timed_out = true;
	/* The group and not the tree: a shell that waits for its children gets the chance to end in order. */
	if (e->process.fd >= 0 && kill(-e->pid, SIGTERM) < 0)
		exec_signal(e, SIGTERM);
	loop_timer_set(&e->agent->loop, timer, (int64_t)e->grace_us);
}

/* There is no process of it, and its streams lead nowhere. */
static void end_without_process(struct exec *e, enum spawn_stage stage, int error_number)
{
	loop_timer_clear(&e->agent->loop, &e->report_late);
	e->launching = false;
	start_failed(e, stage, error_number);
	loop_timer_clear(&e->agent->loop, &e->timeout);
	for (int i = 0; i < 2; i++)
		loop_close(&e->agent->loop, &e->out[i].watch);
	end(e);
}

void exec_launched(struct exec *e, pid_t pid, int pidfd, const struct spawn_report *report)
{
	int r;

	if (pidfd < 0) {
		end_without_process(e, (enum spawn_stage)report->stage, report->error_number);
		return;
	}
	loop_timer_clear(&e->agent->loop, &e->report_late);
	e->launching = false;
	e->pid = pid;
	e->process.fd = pidfd;
	r = loop_watch(&e->agent->loop, &e->process, EPOLLIN);
	if (r < 0) {
		/* Without a watch its end would never be seen. PID 1 reaps it. */
		exec_kill_tree(e);
		loop_close(&e->agent->loop, &e->process);
		end_without_process(e, SPAWN_clone, -r);
		return;
	}
	if (report->error_number)
		start_failed(e, (enum spawn_stage)report->stage, report->error_number);
	else
		e->state = EXEC_RUNNING;
	attachments_touch(e);
	/* What was asked for meanwhile. */
	if (e->early_signal)
		exec_signal(e, e->early_signal);
	if (e->kill_requested || e->timed_out)
		exec_kill_tree(e);
}

void exec_launch_lost(struct exec *e)
{
	exec_kill_tree(e);
	end_without_process(e, SPAWN_clone, EIO);
}

static void remember_argv(struct exec *e, const char *const *argv)
{
	size_t used = 0;

	for (; *argv; argv++) {
		size_t room = sizeof(e->argv) - used, n = strlen(*argv);

		if (room < 2) {
			e->argv_cut = true;
			return;
		}
		if (n >= room) {
			e->argv_cut = true;
			n = room - 1;
			/* Not within a character of UTF-8. */
			while (n > 0 && ((unsigned char)(*argv)[n] & 0xc0) == 0x80)
				n--;
		}
		memcpy(e->argv + used, *argv, n);
		used += n + 1;
		e->argv_count++;
	}
}

static struct exec *exec_new(struct agent *agent, const struct exec_params *params)
{
	struct exec *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->agent = agent;
	e->process = e->report = e->in.watch = (struct watch)WATCH_INIT;
	e->process.fn = on_process;
	e->report.fn = on_report;
	e->in.watch.fn = on_input;
	e->leaf = (struct leaf)LEAF_INIT;
	e->drain.fn = on_drain_timer;
	e->timeout.fn = on_timeout;
	e->report_late.fn = on_report_late;
	for (int i = 0; i < 2; i++) {
		e->out[i].watch = (struct watch){ .fd = -1, .fn = on_output };
		e->out[i].exec = e;
	}
	e->grace_us = params->grace_us;
	e->ring_max = params->ring_max;
	e->tty = params->tty;
	e->block_when_unread = params->block_when_unread;
	remember_argv(e, params->plan.argv);
	e->number = ++agent->next_exec;
	if (params->id)
		strncpy(e->id, params->id, sizeof(e->id) - 1);
	else
		fmt_text(e->id, sizeof(e->id), "e%llu", (unsigned long long)e->number);
	/* Names of another life of the agent may still stand for processes that outlived it. */
	while (!params->id && (exec_find(agent, e->id) || (agent->starts > 1 && leaf_exists(agent->work_fd, e->id))))
		fmt_text(e->id, sizeof(e->id), "e%llu", (unsigned long long)(e->number = ++agent->next_exec));
	e->next = agent->execs;
	agent->execs = e;
	agent->execs_running++;
	agent->counters.execs_total++;
	return e;
}

/*
 * Whoever is to send stdin waits to hear that it started. For the others the report is looked at when output comes or the
 * end, or a moment later: most programs are over by then, and the loop was not woken for it.
 */
static void watch_child(struct exec *e, const struct exec_params *params)
{
	if (e->in.watch.fd >= 0)
		on_report_late(&e->report_late);
	else
		loop_timer_set(&e->agent->loop, &e->report_late, LIMIT_HOLD_US);
	if (params->timeout_us)
		loop_timer_set(&e->agent->loop, &e->timeout, (int64_t)params->timeout_us);
}

struct exec *exec_start(struct agent *agent, const struct exec_params *params, struct reply *reply)
{
	enum spawn_stage stage;
	struct exec *e;
	int r;

	if (params->id && exec_find(agent, params->id)) {
		reply_fail(reply, ERROR_ALREADY_EXISTS, "id: there is an exec called %s", params->id);
		return NULL;
	}
	if (agent->execs_running >= LIMIT_EXECS) {
		reply_fail(reply, ERROR_RESOURCE_EXHAUSTED, "%u execs run already", LIMIT_EXECS);
		return NULL;
	}
	exec_prune(agent);
	e = exec_new(agent, params);
	if (!e) {
		reply_fail_errno(reply, ENOMEM, "exec");
		return NULL;
	}
	e->started_us = clock_boot_us();
	e->started_realtime_us = clock_us(CLOCK_REALTIME);
	r = exec_launch(e, params, &stage, reply);
	if (reply->failed) {
		agent->execs_running--;
		exec_free(e);
		return NULL;
	}
	if (r < 0) {
		start_failed(e, stage, -r);
		end(e);
	} else {
		watch_child(e, params);
	}
	return e;
}
