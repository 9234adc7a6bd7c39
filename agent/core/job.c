/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the jobs: their pidfds, the pipes of their output, their deadlines.
 *
 * Never: waits for a job, calls done() twice, forgets a job that is not reaped.
 */
#include "agent/core/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/helper.h"
#include "agent/core/limits.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"
#include "common/io.h"

#define KEPT_MAX (LIMIT_JOB_KEPT_FDS + 1)

struct job {
	struct job *next;
	struct agent *agent;
	struct watch pidfd;
	struct watch out;
	struct timer deadline;
	struct buf bytes;
	const char *name;
	void (*done)(const struct job_result *result, void *data);
	void *data;
	int64_t started_us;
	enum job_outcome killed;	/* why the agent killed the job; JOB_DONE: it did not */
	bool cut;
	bool lost;
};

static void unlink_job(struct job *j)
{
	struct job **at = &j->agent->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
}

static void forget(struct job *j)
{
	struct loop *loop = &j->agent->loop;

	unlink_job(j);
	if (j->lost)
		j->agent->jobs_lost--;
	else
		j->agent->jobs_running--;
	loop_timer_clear(loop, &j->deadline);
	loop_close(loop, &j->pidfd);
	loop_close(loop, &j->out);
	buf_deinit(&j->bytes);
	free(j);
}

static void look_if_last(struct agent *agent)
{
	if (agent->jobs_running == 0 && agent->jobs_ended)
		agent->jobs_ended(agent);
}

/* Bytes beyond the bound are read and dropped: a full pipe must not stop the job. */
static void read_out(struct job *j)
{
	uint8_t piece[4096];
	ssize_t n;

	while ((n = io_read(j->out.fd, piece, sizeof(piece))) > 0) {
		size_t room = j->bytes.max - j->bytes.len;

		j->cut = j->cut || (size_t)n > room;
		buf_append(&j->bytes, piece, (size_t)n > room ? room : (size_t)n);
	}
	if (n == 0)
		loop_unwatch(&j->agent->loop, &j->out);
}

static void on_out(struct watch *watch, uint32_t events)
{
	(void)events;
	read_out(container_of(watch, struct job, out));
}

static struct job_result killed_result(enum job_outcome why)
{
	return (struct job_result){ .outcome = why, .error_number = why == JOB_STOPPED ? ECANCELED : ETIMEDOUT };
}

static struct job_result result_of(const struct job *j, const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return (struct job_result){ .outcome = JOB_DONE };
	if (info->si_code == CLD_EXITED)
		return (struct job_result){ .outcome = JOB_FAILED, .error_number = info->si_status };
	if (j->killed != JOB_DONE)
		return killed_result(j->killed);
	return (struct job_result){ .outcome = JOB_DIED, .error_number = EIO, .signal = info->si_status };
}

static void tell(struct job *j, struct job_result *result)
{
	result->name = j->name;
	result->out = j->bytes.data;
	result->out_len = j->bytes.len;
	result->out_cut = j->cut;
	result->wall_us = (uint64_t)(clock_boot_us() - j->started_us);
	j->done(result, j->data);
}

static void on_end(struct watch *watch, uint32_t events)
{
	struct job *j = container_of(watch, struct job, pidfd);
	struct agent *agent = j->agent;
	siginfo_t info;
	struct job_result result;

	(void)events;
	if (!helper_reap(watch->fd, &info))
		return;
	if (!j->lost) {
		read_out(j);
		result = result_of(j, &info);
		tell(j, &result);
	}
	forget(j);
	look_if_last(agent);
}

static void give_up(struct job *j)
{
	struct job_result result = killed_result(j->killed);

	read_out(j);
	result.lost = true;
	j->lost = true;
	j->agent->jobs_running--;
	j->agent->jobs_lost++;
	j->agent->counters.jobs_lost_total++;
	tell(j, &result);
	loop_close(&j->agent->loop, &j->out);
	buf_deinit(&j->bytes);
	look_if_last(j->agent);
}

static void kill_job(struct job *j, enum job_outcome why)
{
	if (j->killed != JOB_DONE)
		return;
	j->killed = why;
	syscall(SYS_pidfd_send_signal, j->pidfd.fd, SIGKILL, NULL, 0);
	loop_timer_set(&j->agent->loop, &j->deadline, LIMIT_JOB_KILL_US);
}

static void on_deadline(struct timer *timer)
{
	struct job *j = container_of(timer, struct job, deadline);

	if (j->killed == JOB_DONE)
		kill_job(j, JOB_TIMED_OUT);
	else
		give_up(j);
}

static _Noreturn void run(const struct job_spec *spec, int out_fd, pid_t agent_pid)
{
	int keep[KEPT_MAX] = { out_fd };
	int r;

	for (size_t i = 0; i < spec->keep_count; i++)
		keep[i + 1] = spec->keep[i];
	r = helper_settle(spec->name, SIGKILL, agent_pid, keep, spec->keep_count + 1);
	if (r == 0)
		r = spec->run(spec->arg, out_fd);
	_exit(r < 0 ? -r : 0);
}

static int start(struct job *j, const struct job_spec *spec)
{
	_cleanup_close_ int theirs = -1;
	pid_t agent_pid = getpid(), pid;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	j->out.fd = fds[0];
	theirs = fds[1];
	/* O_NONBLOCK is for the agent's end only: the job's writes may block. */
	if (fcntl(j->out.fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	pid = helper_make(&j->pidfd.fd);
	if (pid == 0)
		run(spec, theirs, agent_pid);
	if (pid < 0)
		return pid;
	r = loop_watch(&j->agent->loop, &j->pidfd, EPOLLIN);
	if (r == 0)
		r = loop_watch(&j->agent->loop, &j->out, EPOLLIN);
	if (r < 0)
		helper_kill(pid);
	return r;
}

int job_start(struct agent *agent, const struct job_spec *spec)
{
	struct job *j;
	int r;

	if (agent->jobs_running >= LIMIT_JOBS || agent->jobs_lost >= LIMIT_JOBS)
		return -EAGAIN;
	if (spec->keep_count > LIMIT_JOB_KEPT_FDS || spec->timeout_ms == 0)
		return -EINVAL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->agent = agent;
	j->pidfd = (struct watch){ .fd = -1, .fn = on_end };
	j->out = (struct watch){ .fd = -1, .fn = on_out };
	j->deadline.fn = on_deadline;
	j->bytes.max = LIMIT_JOB_OUT_BYTES;
	j->name = spec->name;
	j->done = spec->done;
	j->data = spec->data;
	j->started_us = clock_boot_us();
	j->next = agent->jobs;
	agent->jobs = j;
	agent->jobs_running++;
	r = start(j, spec);
	if (r < 0) {
		forget(j);
		return r;
	}
	agent->counters.jobs_total++;
	loop_timer_set(&agent->loop, &j->deadline, (int64_t)spec->timeout_ms * 1000);
	return 0;
}

void job_stop(struct agent *agent, const void *data)
{
	for (struct job *j = agent->jobs; j; j = j->next)
		if (j->data == data && !j->lost)
			kill_job(j, JOB_STOPPED);
}

void job_failure_text(const struct job_result *result, enum job_out out, char *text, size_t size)
{
	int subject = out == JOB_OUT_IS_SUBJECT ? (int)result->out_len : 0;

	switch (result->outcome) {
	case JOB_FAILED:
		fmt_text(text, size, "%.*s%s%s", subject, subject ? (const char *)result->out : "", subject ? ": " : "",
			 strerror(result->error_number));
		return;
	case JOB_TIMED_OUT:
		fmt_text(text, size, "not done after %llu ms%s", (unsigned long long)result->wall_us / 1000,
			 result->lost ? "; the job hangs in the kernel" : "");
		return;
	case JOB_DIED:
		fmt_text(text, size, "ended by signal %d", result->signal);
		return;
	case JOB_STOPPED:
	case JOB_DONE:
		break;
	}
	fmt_text(text, size, "stopped");
}
