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
	uint64_t workers_died;		/* by a signal that the agent did not send */
	uint64_t execs_forgotten;	/* ended execs that were freed to make room */
	uint64_t jobs_total;
	uint64_t jobs_lost_total;	/* jobs that were given up, because SIGKILL did not end them */
};

/*
 * One member for each part of the agent. Only the part's own directory, and files that include its header, see the
 * inside.
 */
struct agent {
	struct loop loop;
	struct watch signals;
	struct timer goodbye;		/* bound of the wait for hosts that do not read, when all else is done */
	struct fdstore store;
	struct server *server;
	struct launcher *launcher;
	struct execs *execs;
	struct workers *workers;
	struct config *config;
	struct snapshot *snapshot;

	int lifeline;			/* -1: the agent was started by hand */
	int upper_fd;			/* the disk or tmpfs that the root's overlay writes to; -1 if there is none */
	int null_fd;			/* /dev/null: stdin of an exec whose request asks for no stdin */
	int work_fd;			/* the cgroup `work` above all execs; -1 without cgroup2 */
	struct rlimit nofile;		/* the limit before limits_init() raised it: the limit of execs */
	bool protected;			/* the agent has oom_score_adj -1000, which execs must not inherit */
	bool handing_over;		/* an upgrade was accepted: the agent ends when the reply is sent */
	bool stopping;			/* SIGTERM came: no new execs, exit when the last has ended */
	bool still;			/* a quiesce, thaw or resume is under way, or the guest waits for one */
	bool configuring;		/* a configuration is being applied, or waits */
	size_t configuration_failed;	/* failed steps of the boot's configuration */
	size_t execs_running;
	size_t execs_ended;		/* ended execs whose records are kept */
	size_t workers_running;

	struct job *jobs;
	size_t jobs_running;
	void (*jobs_ended)(struct agent *agent);	/* called when no job runs any more; NULL: nobody waits */
	size_t jobs_lost;		/* jobs that were given up and are not dead yet */

	struct buf scratch;		/* the JSON that is being written */
	const char *root_failed;	/* why `/` is not the root of the command line; NULL: it is, or none is named */
	char generation[GENERATION_SIZE];
	char boot_id[BOOT_ID_SIZE];
	uint64_t starts;
	struct counters counters;
};
