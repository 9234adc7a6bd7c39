/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup of one exec, below the cgroup `work`. See the kernel's Documentation/admin-guide/cgroup-v2.rst. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_NAME_SIZE 65

struct cgroup {
	int fd;				/* the cgroup's directory; -1: this exec has no cgroup */
	char name[CGROUP_NAME_SIZE];
};

#define CGROUP_INIT { .fd = -1 }

/*
 * The kernel's sums over all processes that ever were in the cgroup; a number that the kernel does not count is left
 * alone.
 */
struct cgroup_usage {
	uint64_t cpu_user_us;
	uint64_t cpu_system_us;
	uint64_t peak_memory_bytes;
	uint64_t oom_kills;
};

/* Limits of a request. 0: no limit is asked for; memory_swap_max_bytes has CGROUP_SWAP_NOT_GIVEN for this. */
struct cgroup_limits {
	uint64_t memory_max_bytes;
	uint64_t memory_swap_max_bytes;
	uint64_t pids_max;
	uint64_t cpu_max_millis;	/* thousandths of one CPU's time */
	uint64_t io_weight;		/* 1 to 10000 */
};

#define CGROUP_SWAP_NOT_GIVEN UINT64_MAX

/*
 * Makes the cgroup and opens its directory; an empty cgroup of this name is made anew. work_fd -1 makes none, which is
 * no error. 0 or -errno; -EEXIST: processes live in a cgroup of this name, which an agent before a crash left.
 */
int cgroup_make(struct cgroup *cgroup, int work_fd, const char *name);

/* Logs one line that names the missing controllers; no line if none is missing. */
void cgroup_tell_missing(int work_fd);

/* Opens the cgroup of an exec that an earlier agent started; cgroup->fd stays -1 if the cgroup is gone. */
void cgroup_open(struct cgroup *cgroup, int work_fd, const char *name);

/* 0, or -errno and the field at fault (its name in requests.def). -EOPNOTSUPP: no cgroup, or no such controller. */
int cgroup_set_limits(const struct cgroup *cgroup, const struct cgroup_limits *limits, const char **ret_field);

/*
 * Sends SIGKILL to all processes of the cgroup, also to those in fork(2), with one write. -errno if the kernel has no
 * cgroup.kill.
 */
int cgroup_kill(const struct cgroup *cgroup);

void cgroup_read_usage(const struct cgroup *cgroup, struct cgroup_usage *usage);

/* True: the cgroup `work` has a cgroup of this name. */
bool cgroup_exists(int work_fd, const char *name);

/* Removes the cgroup. False: processes still live in it. True without a cgroup. */
bool cgroup_remove(struct cgroup *cgroup, int work_fd);
