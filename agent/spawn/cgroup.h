/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup of one exec: a cgroup below the work cgroup. See the kernel's Documentation/admin-guide/cgroup-v2.rst.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_NAME_SIZE 65

struct cgroup {
	int fd;				/* the directory; -1: this exec has no cgroup */
	char name[CGROUP_NAME_SIZE];
};

#define CGROUP_INIT { .fd = -1 }

/* What the kernel counted for all processes that were ever in the cgroup; a number it does not keep is left alone. */
struct cgroup_usage {
	uint64_t cpu_user_us;
	uint64_t cpu_system_us;
	uint64_t peak_memory_bytes;
	uint64_t oom_kills;
};

/* 0: not asked for; swap: CGROUP_SWAP_NOT_GIVEN. */
struct cgroup_limits {
	uint64_t memory_max_bytes;
	uint64_t memory_swap_max_bytes;
	uint64_t pids_max;
	uint64_t cpu_max_millis;	/* thousandths of one CPU */
	uint64_t io_weight;		/* 1 to 10000 */
};

#define CGROUP_SWAP_NOT_GIVEN UINT64_MAX

/*
 * Makes it; work_fd -1 makes none, which is no error. 0 or -errno; -EEXIST: there is one, left by an agent that crashed, and
 * processes live in it. An empty one is used again.
 */
int cgroup_make(struct cgroup *cgroup, int work_fd, const char *name);

/* One line that names the controllers that are missing, if any. */
void cgroup_tell_missing(int work_fd);

/* That of an earlier agent; it stays without one if it is gone. */
void cgroup_open(struct cgroup *cgroup, int work_fd, const char *name);

/*
 * 0, or -errno and the field at fault (its name in requests.def). -EOPNOTSUPP: there is no cgroup or no such controller.
 */
int cgroup_set_limits(const struct cgroup *cgroup, const struct cgroup_limits *limits, const char **ret_field);

/* SIGKILL to everything in it, present and being forked, with one write. -errno where the kernel has no cgroup.kill. */
int cgroup_kill(const struct cgroup *cgroup);

void cgroup_read_usage(const struct cgroup *cgroup, struct cgroup_usage *usage);

/* Somebody has that name already. */
bool cgroup_exists(int work_fd, const char *name);

/* Removes it. False: processes still live in it. True without a cgroup. */
bool cgroup_remove(struct cgroup *cgroup, int work_fd);
