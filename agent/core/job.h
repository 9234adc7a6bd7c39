/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job is a piece of blocking work (mount, sync, netlink) in a copy of the agent, so that the loop goes on and can give it up.
 *
 *	running   until it ends, or its time is over: then it is killed
 *	killed    until it is dead, LIMIT_JOB_KILL_US at most
 *	lost      it is in the kernel and can not die; done() was called, and it is reaped when it ends after all
 *
 * It dies with the agent. Its memory is a copy: what it finds out comes back as its result and as bytes. It must not call raise() or
 * abort(): libc sends those to the thread that it remembers, the agent's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;

enum job_outcome {
	JOB_DONE,	/* run() returned 0 or more */
	JOB_FAILED,	/* run() returned -errno */
	JOB_DIED,	/* of a signal that was not ours */
	JOB_TIMED_OUT,
	JOB_STOPPED,	/* by job_stop() */
};

struct job_result {
	const char *name;
	enum job_outcome outcome;
	int error_number;	/* FAILED; TIMED_OUT: ETIMEDOUT; STOPPED: ECANCELED; DIED: EIO; DONE: 0 */
	int signal;		/* DIED */
	bool lost;		/* TIMED_OUT or STOPPED: it still hangs in the kernel */
	const uint8_t *out;	/* what was written to out_fd, until done() returns */
	size_t out_len;
	bool out_cut;		/* it was more than LIMIT_JOB_OUT_BYTES */
	uint64_t wall_us;
};

struct job_spec {
	const char *name;	/* static storage; shown by ps up to 15 bytes */
	int (*run)(void *arg, int out_fd);	/* in the copy: 0 or -errno; its memory is all there, its fds are not */
	void *arg;
	const int *keep;	/* fds that run() needs besides out_fd */
	size_t keep_count;
	uint64_t timeout_ms;	/* 1 or more */
	void (*done)(const struct job_result *result, void *data);	/* once, from the loop; may start other jobs */
	void *data;
};

/* 0: done() will be called. -errno: it will not; -EAGAIN: LIMIT_JOBS run already, or as many hang. */
int job_start(struct agent *agent, const struct job_spec *spec);

/* Kills the jobs of that data; done() follows. */
void job_stop(struct agent *agent, const void *data);

/* Whether what a job wrote is part of the sentence about its failure: what its errno is about. */
enum job_out { JOB_OUT_IS_SUBJECT, JOB_OUT_IS_DATA };

/* Why a job that is not DONE is not, as a sentence; cut at size. */
void job_failure_text(const struct job_result *result, enum job_out out, char *text, size_t size);
