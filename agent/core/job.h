/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job: one piece of blocking work (mount, sync, netlink) in a helper, so that the loop goes on and may give the job
 * up.
 *
 *	running   until the job ends, or its deadline passes: then the job is killed
 *	killed    until the job is dead, LIMIT_JOB_KILL_US at most
 *	lost      the job hangs in the kernel and SIGKILL does not end it; done() was called, and the job is reaped should it end
 *
 * A job dies with the agent. Its memory is a copy of the agent's: results come back as an exit status and as bytes. A
 * job must not call raise() or abort(): libc sends the signal to the thread id that libc remembers, which is the
 * agent's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;

enum job_outcome {
	JOB_DONE,	/* run() returned 0 or more */
	JOB_FAILED,	/* run() returned -errno */
	JOB_DIED,	/* ended by a signal that the agent did not send */
	JOB_TIMED_OUT,
	JOB_STOPPED,	/* by job_stop() */
};

struct job_result {
	const char *name;
	enum job_outcome outcome;
	int error_number;	/* DONE: 0; FAILED: the job's; TIMED_OUT: ETIMEDOUT; STOPPED: ECANCELED; DIED: EIO */
	int signal;		/* DIED: the signal's number */
	bool lost;		/* TIMED_OUT or STOPPED: the job still hangs in the kernel */
	const uint8_t *out;	/* the bytes that the job wrote to out_fd, valid until done() returns */
	size_t out_len;
	bool out_cut;		/* the job wrote more than LIMIT_JOB_OUT_BYTES */
	uint64_t wall_us;
};

struct job_spec {
	const char *name;	/* static storage; ps shows its first 15 bytes */
	int (*run)(void *arg, int out_fd);	/* called in the helper: 0 or -errno; has the agent's memory, not its fds */
	void *arg;
	const int *keep;	/* fds that run() needs besides out_fd */
	size_t keep_count;
	uint64_t timeout_ms;	/* 1 or more */
	void (*done)(const struct job_result *result, void *data);	/* called once, from the loop; may start other jobs */
	void *data;
};

/*
 * Starts a job. 0: done() follows. -errno: done() does not; -EAGAIN: LIMIT_JOBS jobs run already, or LIMIT_JOBS are
 * lost.
 */
int job_start(struct agent *agent, const struct job_spec *spec);

/* Kills the jobs that were started with this data; done() follows for each. */
void job_stop(struct agent *agent, const void *data);

/* Whether what a job wrote is part of the sentence about its failure: what its errno is about. */
enum job_out { JOB_OUT_IS_SUBJECT, JOB_OUT_IS_DATA };

/* Why a job that is not DONE is not, as a sentence; cut at size. */
void job_failure_text(const struct job_result *result, enum job_out out, char *text, size_t size);
