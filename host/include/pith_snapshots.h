/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of libpith that make a guest safe to snapshot, restore and clone; pith.h has the rules of all calls. The order
 * of host and guest is in docs/guide/snapshots.md, the requests are in docs/reference/protocol.md, sections 5 and 7.
 *
 *	pith_quiesce(conn, NULL, PITH_FOREVER, &quiesced, &err);
 *	pith_close(conn);		all connections are closed here before the VM is paused
 *	... pause, snapshot, restore by the VMM's own API ...
 *	pith_connect(address, &wait, &conn, &err);
 *	pith_resume(conn, &(struct pith_resume_options){.token = quiesced.token}, 30000, &resumed, &err);
 *
 * After each of these calls pith_result_json() has the agent's whole reply.
 */
#pragma once

#include "pith.h"

#define PITH_STEPS_MAX 24
#define PITH_FILESYSTEMS_MAX 64
#define PITH_ENTROPY_MIN_BYTES 32
#define PITH_ENTROPY_MAX_BYTES 512

struct pith_step {
	char name[32];
	uint64_t us;
	char errno_name[24];	/* "EIO" if the step failed and was allowed to fail, else empty */
};

struct pith_steps {
	size_t count;		/* at most PITH_STEPS_MAX; further steps are not kept */
	struct pith_step items[PITH_STEPS_MAX];
};

struct pith_filesystem {
	char path[256];		/* of the mount, cut to this size */
	char type[32];
	char result[32];	/* "frozen" */
	uint64_t us;
};

enum pith_quiesce_mode {
	PITH_QUIESCE_MEMORY,	/* the whole VM will be saved */
	PITH_QUIESCE_DISK,	/* only the VM's disks will be saved, and the VM goes on */
	PITH_QUIESCE_TEMPLATE,	/* many VMs will be made of the snapshot: caches are dropped first */
};

/* NULL or 0 in a member, or a NULL pointer to the structure: the agent's default. */
struct pith_quiesce_options {
	enum pith_quiesce_mode mode;
	const char *id;			/* a repeated request gets the first one's reply */
	const char *on_timeout;		/* "later", "thaw" or "hold" */
	int64_t ttl_ms;
	int64_t freeze_timeout_ms;
	int64_t sync_timeout_ms;
	int64_t hook_timeout_ms;
};

struct pith_quiesced {
	char token[40];
	char generation[40];
	uint64_t ttl_ms;
	uint64_t expires_boottime_us;
	struct pith_steps steps;
	size_t filesystem_count;
	struct pith_filesystem filesystems[PITH_FILESYSTEMS_MAX];
};

enum pith_force {
	PITH_FORCE_NO,
	PITH_FORCE_YES,
};

struct pith_thawed {
	bool thawed;		/* false: there was nothing to thaw */
	char generation[40];
	struct pith_steps steps;
};

/* The comments say what NULL or 0 means; without such a comment the agent skips the step. */
struct pith_resume_options {
	const char *id;			/* a repeated request gets the first one's reply */
	const char *token;		/* of the quiesce; NULL: not compared */
	const char *generation;		/* the expected generation of the guest; NULL: not compared */
	const void *entropy;		/* NULL: 32 bytes of this host's getrandom(2) */
	size_t entropy_bytes;
	int64_t realtime_us;		/* 0: this host's clock at the moment of sending */
	int64_t round_trip_us;		/* 0: measured by this call, as the quickest of three pings */
	const char *network;		/* JSON: a document of docs/guide/network.md */
	const char *mounts;		/* JSON: an object whose member mounts is a list as in docs/guide/configuration.md */
	const char *hostname;
	const char *machine_id;		/* 32 hex digits or "new" */
	const char *boot_id;		/* a UUID or "new" */
	const char *sockets;		/* "destroy" or "keep" */
	const char *const *env;		/* "NAME=value", ends with NULL; replaces the environment that was set before */
	const char *const *optional;	/* steps that may fail, ends with NULL */
	enum pith_force force;
	int64_t hook_timeout_ms;
};

struct pith_resumed {
	char generation[40];
	bool was_quiesced;
	int64_t clock_step_us;
	int64_t round_trip_us;		/* the one sent with the request */
	uint64_t sockets_destroyed;
	uint64_t sockets_failed;
	uint64_t connections_closed;
	struct pith_steps steps;
};

struct pith_snapshot_status {
	char state[32];
	char generation[40];
	char token[40];
	char mode[32];
	char workload[32];
	char last[32];
	char failed_step[32];
	char generation_source[32];
	uint64_t expires_boottime_us;
	uint64_t quiesces;
	uint64_t resumes;
	uint64_t thaws;
	uint64_t auto_thaws;
	uint64_t restores_seen;
	struct pith_steps steps;
};

enum pith_code pith_quiesce(struct pith_conn *conn, const struct pith_quiesce_options *options, int64_t timeout_ms,
			    struct pith_quiesced *ret, struct pith_error *err);

/* The guest thaws ttl_ms from now. ret_expires_boottime_us may be NULL. */
enum pith_code pith_keepalive(struct pith_conn *conn, const char *token, int64_t ttl_ms, int64_t timeout_ms,
			      uint64_t *ret_expires_boottime_us, struct pith_error *err);

/* token may be NULL. ret may be NULL. */
enum pith_code pith_thaw(struct pith_conn *conn, const char *token, enum pith_force force, int64_t timeout_ms,
			 struct pith_thawed *ret, struct pith_error *err);

/* options may be NULL, ret may be NULL. If a required step fails, err->guest_step has its name and the workload stays frozen. */
enum pith_code pith_resume(struct pith_conn *conn, const struct pith_resume_options *options, int64_t timeout_ms,
			   struct pith_resumed *ret, struct pith_error *err);

enum pith_code pith_snapshot_status(struct pith_conn *conn, int64_t timeout_ms, struct pith_snapshot_status *ret,
				    struct pith_error *err);
