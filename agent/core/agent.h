/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the agent that more than one module needs. One instance, made by main(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "agent/core/fdstore.h"
#include "agent/core/generation.h"
#include "agent/core/loop.h"
#include "common/buf.h"

#define BOOT_ID_SIZE 37

struct job;

struct counters {
	uint64_t connections_total;
	uint64_t refused;		/* connections whose peer may not call */
	uint64_t evicted;		/* idle connections closed to make room */
	uint64_t requests;
	uint64_t protocol_errors;
	uint64_t late_frames;		/* frames that crossed the end of their request */
	uint64_t execs_total;
	uint64_t workers_total;
	uint64_t workers_died;		/* by a signal that was not ours */
	uint64_t execs_forgotten;	/* ended ones that made room */
	uint64_t jobs_total;
	uint64_t jobs_lost_total;	/* given up, as they could not be killed */
};

/* One of each part. What is inside is known to the part's own wing, and to whoever includes its header. */
struct agent {
	struct loop loop;
	struct watch signals;
	struct timer goodbye;		/* the bound of the wait for hosts that do not read, when all else is done */
	struct fdstore store;
	struct server *server;
	struct launcher *launcher;
	struct execs *execs;
	struct workers *workers;
	struct config *config;
	struct snapshot *snapshot;

	int lifeline;			/* -1: run by hand */
	int upper_fd;			/* the disk or tmpfs that the root's overlay writes to; -1 if there is none */
	int null_fd;			/* /dev/null: the stdin of execs that asked for none */
	int work_fd;			/* the cgroup above all execs, -1 without cgroup2 */
	struct rlimit nofile;		/* as it was before we raised it: what execs get */
	bool protected;			/* our oom_score_adj must not pass to execs */
	bool handing_over;		/* an upgrade was accepted: ends when its answer is sent */
	bool stopping;			/* SIGTERM came: no new execs, exit when the last has ended */
	bool still;			/* a quiesce, thaw or resume is under way, or the guest waits for one */
	bool configuring;		/* a configuration is being done, or waits */
	size_t configuration_failed;	/* how many steps of the boot's configuration went wrong */
	size_t execs_running;
	size_t execs_ended;		/* kept for their records */
	size_t workers_running;

	struct job *jobs;
	size_t jobs_running;
	void (*jobs_ended)(struct agent *agent);	/* somebody waits until none runs, or NULL */
	size_t jobs_lost;		/* given up and not dead yet */

	struct buf scratch;		/* JSON being written */
	const char *root_failed;	/* why the root that the command line names is not the root; NULL if it is, or none is named */
	char generation[GENERATION_SIZE];
	char boot_id[BOOT_ID_SIZE];
	uint64_t starts;
	struct counters counters;
};
