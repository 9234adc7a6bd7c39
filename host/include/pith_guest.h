/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of libpith about the guest as a whole: what it is, and its end; see pith.h for what all calls have in common. The
 * requests and their exact meaning are in docs/reference/protocol.md, section 5.
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
	uint64_t agent_starts;		/* in this boot; above 1 it crashed or was upgraded */
	uint64_t agent_memory_bytes;
	uint64_t agent_connections;
	uint64_t agent_requests;
	uint64_t execs_running;
	uint64_t execs_total;
	char root_failed[384];		/* why the guest is not in the root that it was told to take; empty if it is */
	size_t boot_step_count;
	struct pith_boot_step boot[PITH_BOOT_STEPS_MAX];
};

enum pith_code pith_info(struct pith_conn *conn, int64_t timeout_ms, struct pith_info *ret, struct pith_error *err);

enum pith_power {
	PITH_POWER_OFF,
	PITH_POWER_REBOOT,
	PITH_POWER_HALT,	/* the machine stops, and its VMM with it or not */
};

/*
 * grace_ms: what programs have between SIGTERM and SIGKILL; -1: the agent's 5 s. Returns when the agent has agreed; the guest
 * goes down after that.
 */
enum pith_code pith_power(struct pith_conn *conn, enum pith_power what, int64_t grace_ms, int64_t timeout_ms,
			  struct pith_error *err);

struct pith_upgrade {
	char version[32];	/* of the new agent */
	bool done;
	char failure[32];	/* what became of it where it is not: "SIGSEGV", "status 91" */
};

/*
 * Another agent in place of the one that serves: fd is a file with its binary. Returns when it is known how it went; PITH_OK and not
 * done means that the old one serves again. Programs go on either way. conn is good for further calls then.
 */
enum pith_code pith_upgrade(struct pith_conn *conn, int fd, int64_t timeout_ms, struct pith_upgrade *ret, struct pith_error *err);

#define PITH_LOG_LEVEL_MAX 7	/* debug; 0 is an emergency */

struct pith_log_record {
	uint64_t sequence;	/* of the kernel's log; what is missing was dropped or is less urgent */
	uint64_t at_us;		/* since the guest's boot */
	unsigned int level;
	bool user;		/* the kernel's log: a program wrote it */
	bool overflow;		/* no record: some were dropped before they could be read */
	const char *text;	/* control characters replaced; valid until the callback returns, like json */
	const char *json;	/* as it came */
};

struct pith_log_options {
	bool follow;		/* go on with what comes later, until each() returns another number than 0 */
	unsigned int level;	/* that one and the more urgent ones */
	int64_t timeout_ms;	/* until it has started, or PITH_FOREVER */
};

/* The kernel's log. It gives the connection to a worker, as calls on files do. */
enum pith_code pith_kernel_log(struct pith_conn *conn, const struct pith_log_options *options,
			       int (*each)(void *user, const struct pith_log_record *record), void *user,
			       struct pith_error *err);

/* The last lines of PID 1 and of the agent, also of one that died. */
enum pith_code pith_agent_log(struct pith_conn *conn, int64_t timeout_ms,
			      int (*each)(void *user, const struct pith_log_record *record), void *user,
			      struct pith_error *err);
