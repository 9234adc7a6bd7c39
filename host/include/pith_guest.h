/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of libpith about the guest as a whole: its state, its logs, its agent, its shutdown; pith.h has the rules of
 * all calls. The requests and their exact meaning are in docs/reference/protocol.md, section 5.
 */
#pragma once

#include "pith.h"

#define PITH_BOOT_STEPS_MAX 32		/* further steps of the boot timeline are not kept */

struct pith_boot_step {
	char name[32];
	uint64_t at_us;		/* since the guest's kernel started */
};

struct pith_info {
	char version[32];
	char boot_id[40];
	char generation[40];
	char hostname[256];
	char kernel_release[128];
	char kernel_version[256];
	char machine[32];
	uint64_t uptime_us;
	uint64_t cpus;
	uint64_t memory_total_bytes;
	uint64_t memory_available_bytes;
	uint64_t agent_starts;		/* in this boot; above 1 the agent crashed or was upgraded */
	uint64_t agent_memory_bytes;
	uint64_t agent_connections;
	uint64_t agent_requests;
	uint64_t execs_running;
	uint64_t execs_total;
	char root_failed[384];		/* why the guest's root is not the one that pith.root= names; empty if it is */
	size_t boot_step_count;
	struct pith_boot_step boot[PITH_BOOT_STEPS_MAX];
};

enum pith_code pith_info(struct pith_conn *conn, int64_t timeout_ms, struct pith_info *ret, struct pith_error *err);

enum pith_power {
	PITH_POWER_OFF,
	PITH_POWER_REBOOT,
	PITH_POWER_HALT,	/* the machine stops; whether the VMM ends depends on the VMM */
};

/*
 * grace_ms: time between SIGTERM and SIGKILL to the guest's programs; -1: the agent's 5 s. Returns after the agent's reply;
 * the guest goes down after that.
 */
enum pith_code pith_power(struct pith_conn *conn, enum pith_power what, int64_t grace_ms, int64_t timeout_ms,
			  struct pith_error *err);

struct pith_upgrade {
	char version[32];	/* of the new agent */
	bool done;
	char failure[32];	/* if not done, how the new agent ended: "SIGSEGV", "status 91" */
};

/*
 * Replaces the running agent by another: fd is a file with the new binary. Returns when the new agent serves or has failed. PITH_OK
 * with ret->done false means that the old agent serves again. Programs go on either way, and conn accepts further calls.
 */
enum pith_code pith_upgrade(struct pith_conn *conn, int fd, int64_t timeout_ms, struct pith_upgrade *ret, struct pith_error *err);

#define PITH_LOG_LEVEL_MAX 7	/* debug; 0 is an emergency */

struct pith_log_record {
	uint64_t sequence;	/* of the kernel's log; missing numbers were dropped or are of a less urgent level */
	uint64_t at_us;		/* since the guest's boot */
	unsigned int level;
	bool user;		/* of the kernel's log: a program wrote the record, not the kernel */
	bool overflow;		/* no record, but a mark: the kernel dropped records here before they were read */
	const char *text;	/* control characters replaced; valid until the callback returns, like json */
	const char *json;	/* the agent's record, unchanged */
};

struct pith_log_options {
	bool follow;		/* go on with later records, until each() returns another number than 0 */
	unsigned int level;	/* this level and the more urgent ones */
	int64_t timeout_ms;	/* until the first event of the agent, or PITH_FOREVER */
};

/* Reads the kernel's log. The call hands the connection to a worker, like the calls of pith_files.h. */
enum pith_code pith_kernel_log(struct pith_conn *conn, const struct pith_log_options *options,
			       int (*each)(void *user, const struct pith_log_record *record), void *user,
			       struct pith_error *err);

/* Reads the last log lines of PID 1 and of the agents of this boot, also of an agent that died. */
enum pith_code pith_agent_log(struct pith_conn *conn, int64_t timeout_ms,
			      int (*each)(void *user, const struct pith_log_record *record), void *user,
			      struct pith_error *err);
