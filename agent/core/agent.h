/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the agent that more than one module needs. One instance, made by main(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "agent/config/configuration.h"
#include "agent/config/entrypoint.h"
#include "agent/core/fdstore.h"
#include "agent/core/generation.h"
#include "agent/core/loop.h"
#include "agent/exec/persist.h"
#include "agent/exec/relay_pipe.h"
#include "agent/server/dial_host.h"
#include "agent/snapshot/hooks.h"
#include "agent/snapshot/quiesce.h"
#include "agent/snapshot/restore.h"
#include "agent/snapshot/workload.h"
#include "agent/spawn/launcher.h"
#include "common/buf.h"

#define BOOT_ID_SIZE 37

struct conn;
struct exec;
struct job;
struct server_calls;
struct worker;
struct worker_board;

/* What a step of the boot cost; `at_us` on CLOCK_BOOTTIME. */
struct boot_step {
	char name[24];
	uint64_t at_us;
};

#define BOOT_STEPS 16

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

struct listener {
	struct watch watch;
	struct agent *agent;
	bool inside;		/* its callers are the guest's own root */
};

/* So that a chain has a few execs of the hundreds that there may be. */
#define EXEC_ID_CHAINS 128

struct agent {
	struct loop loop;
	const struct server_calls *calls;	/* what stands behind the server */
	struct listener listeners[2];	/* what PID 1 bound, or --listen; PITH_GUEST_SOCKET */
	struct watch signals;
	struct timer memory_again;	/* output waits for memory until then */
	struct timer goodbye;		/* the bound of the wait for hosts that do not read, when all else is done */
	int lifeline;			/* -1: run by hand */
	struct store store;
	struct state state;
	struct stage stage;
	int spare_fd;			/* given up for a moment to refuse a connection when there are no fds left */
	int upper_fd;			/* the disk or tmpfs that the root's overlay writes to; -1 if there is none */
	int null_fd;			/* /dev/null: the stdin of execs that asked for none */
	int work_fd;			/* the cgroup above all execs, -1 without cgroup2 */
	struct rlimit nofile;		/* as it was before we raised it: what execs get */
	bool protected;			/* our oom_score_adj must not pass to execs */
	bool handing_over;		/* an upgrade was accepted: ends when its answer is sent */
	bool stopping;			/* SIGTERM came: no new execs, exit when the last has ended */

	struct conn *newest, *oldest;
	size_t connections;
	size_t bodies_bytes;		/* memory in half-received JSON bodies */
	struct conn *dirty;
	struct buf scratch;		/* JSON being written */

	struct launcher launcher;
	struct worker *workers;
	size_t workers_running;
	struct worker_board *board;	/* NULL before the first */
	struct job *jobs;
	size_t jobs_running;
	void (*jobs_ended)(struct agent *agent);	/* somebody waits until none runs, or NULL */
	size_t jobs_lost;		/* given up and not dead yet */

	struct quiesce quiesce;
	struct workload workload;
	struct restore restore;
	struct hooks hooks;
	size_t freezers;		/* those that were abandoned included */
	const char *request_text;	/* of the request that is being handled: for who must decode it again */
	size_t request_len;

	struct exec *execs;		/* newest first */
	struct exec *execs_oldest;	/* the last of them */
	struct exec *execs_by_id[EXEC_ID_CHAINS];
	size_t execs_running;
	void (*on_exec_end)(struct exec *e);
	size_t execs_ended;		/* kept for their records */
	struct leaf_watch *leaf_watches;	/* leaves in which descendants outlive their execs */
	size_t rings_bytes;
	size_t rings_max;
	uint64_t next_exec;
	struct configuration configuration;
	struct entrypoint entrypoint;
	struct config_run *config_runs;	/* what is being done, then what waits for it */
	struct buf config_steps;	/* what became of the steps at boot: items of JSON */
	size_t configuration_failed;	/* how many of those went wrong */
	bool configuring;		/* a configuration is being done, or waits */
	bool asks_token;		/* the configuration has a token */
	struct buf base_env;		/* env_set: NAME=VALUE strings, each with its NUL */

	const char *root_failed;	/* why the root that the command line names is not the root; NULL if it is, or none is named */
	char generation[GENERATION_SIZE];
	char boot_id[BOOT_ID_SIZE];
	uint64_t starts;
	struct notify notify;		/* the dial to the host */
	struct boot_step boot[BOOT_STEPS];
	size_t boot_count;
	struct counters counters;
};
