/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the life of execs, from clone to record. An exec ends with its program, not with its pipes: after the program's
 * exit the bytes in the pipes are read, and descendants that hold the pipes open get a bounded time.
 *
 * Never: blocks, waits for a process other than its own children by pidfd, makes up an exit status.
 */
#include "agent/exec/exec.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec_cgroup.h"
#include "agent/exec/exec_fds.h"
#include "agent/exec/exec_io.h"
#include "agent/exec/exec_persist.h"
#include "agent/spawn/launcher.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/lifeline.h"

/* Ends the exec; also called for an exec whose program never started. */
static void end(struct exec *e)
{
	struct exec_record *record = &e->record;

	loop_timer_clear(&e->agent->loop, &e->drain);
	if (e->in.watch.fd >= 0)
		exec_input_close(e);
	cgroup_read_usage(&e->cgroup, &record->usage);
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
	loop_timer_clear(&e->agent->loop, &e->hold);
	exec_persist(e);
	/* PID 1 must close its copies of the closed streams; a later agent reads the streams that are still open. */
	exec_fds_keep_less(e);
	exec_cgroup_retire(e);
	exec_readers_bound(e);
	exec_readers_wake(e);
	e->agent->execs->on_end(e);
}

/*
 * A wait for a reader is not a wait for a descendant: a paused pipe stops the clock (with a bound, because a descendant
 * that writes all the time has its pipe paused all the time). Bytes that were in the pipes when the program ended are
 * read after the deadline too. Without readers these bytes stay in the pipe for a reader that attaches later.
 */
static bool output_is_due(const struct exec *e)
{
	bool late = clock_boot_us() >= e->drain_until_us;

	for (int i = 0; i < 2; i++) {
		const struct exec_output *o = &e->out[i];

		if (o->watch.fd < 0)
			continue;
		if (o->watch.added ? o->must_read > 0 : (exec_readers_read(e) || e->hold.due_us) && (o->must_read > 0 || !late))
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

	/* With an empty ring only EPOLLERR is watched: the program closed its stdin. */
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

/* Without readers the fds go to the fd store at once; with readers, before the first frame to a reader. */
static void runs(struct exec *e)
{
	e->state = EXEC_RUNNING;
	exec_persist(e);
	if (!e->readers)
		exec_fds_keep(e);
	exec_readers_wake(e);
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
	runs(e);
}

static void on_output(struct watch *watch, uint32_t events)
{
	struct exec_output *o = container_of(watch, struct exec_output, watch);
	struct exec *e = o->exec;

	if (e->launching)
		launcher_poll(e->agent);
	if (e->report.fd >= 0)
		on_report(&e->report, 0);
	/* A pipe without bytes and without a writer needs no read(2). The slave of a terminal may be opened again. */
	if ((events & (EPOLLIN | EPOLLHUP)) == EPOLLHUP && !e->tty && o->watch.fd >= 0)
		exec_output_close(o);
	else
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

/* how and what: si_code and si_status of waitid(2). */
static void take_status(struct exec *e, int how, int what, int64_t at_us)
{
	struct exec_record *record = &e->record;

	record->wall_us = at_us > e->started_us ? (uint64_t)(at_us - e->started_us) : 0;
	if (record->cause == EXEC_START_FAILED)
		return;
	if (how == CLD_EXITED) {
		record->cause = e->timed_out ? EXEC_TIMED_OUT : EXEC_EXITED;
		record->code = what;
		return;
	}
	record->cause = e->timed_out ? EXEC_TIMED_OUT : EXEC_SIGNALED;
	if (e->kill_requested && what == SIGKILL)
		record->cause = EXEC_KILLED;
	record->by_signal = true;
	record->signal = what;
	record->core_dumped = how == CLD_DUMPED;
}

/* The status is in the record. A kill that is requested after this does not change the cause. */
static void process_ended(struct exec *e)
{
	e->drain_until_us = clock_boot_us() + LIMIT_DRAIN_US;
	e->state = EXEC_DRAINING;
	exec_persist(e);
}

void exec_drain(struct exec *e)
{
	/* After a timeout the tree of processes keeps its grace, even if the program itself has ended. */
	if (!e->timed_out)
		loop_timer_clear(&e->agent->loop, &e->timeout);
	for (int i = 0; i < 2; i++) {
		int pending = 0;

		if (e->out[i].watch.fd >= 0 && ioctl(e->out[i].watch.fd, FIONREAD, &pending) == 0)
			e->out[i].must_read = (size_t)pending;
		exec_output_read(&e->out[i]);
	}
	drain(e);
}

static void on_process(struct watch *watch, uint32_t events)
{
	struct exec *e = container_of(watch, struct exec, process);
	struct cgroup_usage *usage = &e->record.usage;
	siginfo_t info = { 0 };
	struct rusage ru = { 0 };

	(void)events;
	/* Not waitid(3): only the system call returns this child's usage. The child is reaped after its status is persisted. */
	if (syscall(SYS_waitid, P_PIDFD, watch->fd, &info, WEXITED | WNOHANG | WNOWAIT, &ru) < 0 || info.si_pid == 0)
		return;
	/* A child that has ended has also closed its report pipe, though its event may come later. */
	if (e->report.fd >= 0)
		on_report(&e->report, 0);
	usage->cpu_user_us = (uint64_t)ru.ru_utime.tv_sec * 1000000 + (uint64_t)ru.ru_utime.tv_usec;
	usage->cpu_system_us = (uint64_t)ru.ru_stime.tv_sec * 1000000 + (uint64_t)ru.ru_stime.tv_usec;
	usage->peak_memory_bytes = (uint64_t)ru.ru_maxrss * 1024;
	take_status(e, info.si_code, info.si_status, clock_boot_us());
	process_ended(e);
	syscall(SYS_waitid, P_PIDFD, watch->fd, NULL, WEXITED | WNOHANG, NULL);
	loop_close(&e->agent->loop, watch);
	exec_drain(e);
}

void exec_reaped(struct exec *e, const struct lifeline_give *give)
{
	struct cgroup_usage *usage = &e->record.usage;
	int status = give->status;

	if (e->state != EXEC_RUNNING || e->process.fd < 0)
		return;
	usage->cpu_user_us = (uint64_t)give->user_us;
	usage->cpu_system_us = (uint64_t)give->system_us;
	usage->peak_memory_bytes = (uint64_t)give->peak_bytes;
	if (WIFEXITED(status))
		take_status(e, CLD_EXITED, WEXITSTATUS(status), give->at_us);
	else
		take_status(e, WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED, WTERMSIG(status), give->at_us);
	process_ended(e);
	close_fd(&e->process.fd);
	exec_drain(e);
}

static void on_timeout(struct timer *timer)
{
	struct exec *e = container_of(timer, struct exec, timeout);

	if (e->timed_out) {
		exec_kill_tree(e);
		return;
	}
	e->timed_out = true;
	exec_persist(e);
	/* SIGTERM to the process group and not to the tree: a shell that waits for its children may end in order. */
	if (e->process.fd >= 0 && kill(-e->pid, SIGTERM) < 0)
		exec_signal(e, SIGTERM);
	loop_timer_set(&e->agent->loop, timer, (int64_t)e->grace_us);
	exec_persist(e);
}

/* No reader came back after the agent's death: on_disconnect of the lost readers is applied now. */
static void on_hold_over(struct timer *timer)
{
	struct exec *e = container_of(timer, struct exec, hold);

	if (e->was_gone == GONE_KILL)
		exec_kill(e);
	else if (e->was_gone == GONE_HANGUP)
		exec_hangup(e);
	e->was_gone = GONE_KEEP;
	exec_persist(e);
	for (int i = 0; i < 2; i++)
		exec_output_sent(&e->out[i], 0);
}

/* Ends an exec without a process; its streams lead nowhere. */
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

void exec_launched(void *data, pid_t pid, int pidfd, const struct spawn_report *report)
{
	struct exec *e = data;
	int r;

	if (!report) {
		exec_kill_tree(e);
		end_without_process(e, SPAWN_clone, EIO);
		return;
	}
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
		/* Without a watch the program's end would be missed: the program is killed, and PID 1 reaps it. */
		exec_kill_tree(e);
		loop_close(&e->agent->loop, &e->process);
		end_without_process(e, SPAWN_clone, -r);
		return;
	}
	if (report->error_number)
		start_failed(e, (enum spawn_stage)report->stage, report->error_number);
	else
		runs(e);
	exec_persist(e);
	exec_readers_wake(e);
	/* Signals that were requested during the launch are sent now. */
	if (e->early_signal)
		exec_signal(e, e->early_signal);
	if (e->kill_requested || e->timed_out)
		exec_kill_tree(e);
}

struct exec *exec_alloc(struct agent *agent)
{
	struct exec *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->agent = agent;
	e->process = e->report = e->in.watch = (struct watch)WATCH_INIT;
	e->process.fn = on_process;
	e->report.fn = on_report;
	e->in.watch.fn = on_input;
	e->cgroup = (struct cgroup)CGROUP_INIT;
	e->drain.fn = on_drain_timer;
	e->timeout.fn = on_timeout;
	e->report_late.fn = on_report_late;
	e->hold.fn = on_hold_over;
	for (int i = 0; i < 2; i++) {
		e->out[i].watch = (struct watch){ .fd = -1, .fn = on_output };
		e->out[i].exec = e;
	}
	return e;
}

void exec_end_lost(struct exec *e)
{
	exec_kill_tree(e);
	loop_close(&e->agent->loop, &e->process);
	e->record.cause = EXEC_LOST;
	for (int i = 0; i < 2; i++)
		loop_close(&e->agent->loop, &e->out[i].watch);
	end(e);
}

void exec_end_failed(struct exec *e, enum spawn_stage stage, int error_number)
{
	start_failed(e, stage, error_number);
	end(e);
}

/*
 * A host that will send stdin waits for `started`, so the report is watched at once. For others the report is read when
 * output or the end comes, or a moment later: most programs have ended by then, and the loop needs no wake-up for the
 * report.
 */
void exec_watch_report(struct exec *e)
{
	if (e->in.watch.fd >= 0)
		on_report_late(&e->report_late);
	else
		loop_timer_set(&e->agent->loop, &e->report_late, LIMIT_HOLD_US);
}
