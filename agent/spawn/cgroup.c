/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the files of an exec's cgroup. Never: waits, fails an exec because a statistic is missing. */
#include "agent/spawn/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/log.h"
#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"

#define STAT_SIZE 2048u		/* cpu.stat and memory.events have a dozen short lines */

void cgroup_tell_missing(int work_fd)
{
	static const char wanted[][7] = { "cpu", "cpuset", "io", "memory", "pids" };
	char names[STAT_SIZE] = " ", word[16], missing[64] = "";
	size_t len = 0;

	if (io_read_text(work_fd, "cgroup.controllers", names + 1, sizeof(names) - 2) < 0)
		return;
	names[strcspn(names, "\n")] = ' ';
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		fmt_text(word, sizeof(word), " %s ", wanted[i]);
		if (!strstr(names, word))
			len += fmt_text(missing + len, sizeof(missing) - len, " %s", wanted[i]);
	}
	if (len)
		log_line("this guest lacks the cgroup controllers:%s", missing);
}

void cgroup_open(struct cgroup *cgroup, int work_fd, const char *name)
{
	cgroup->fd = openat(work_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (cgroup->fd >= 0)
		strncpy(cgroup->name, name, sizeof(cgroup->name) - 1);
}

int cgroup_make(struct cgroup *cgroup, int work_fd, const char *name)
{
	if (work_fd < 0)
		return 0;
	/* A directory of this name that an earlier agent left is replaced if it is empty. */
	if (mkdirat(work_fd, name, 0755) < 0 &&
	    (errno != EEXIST || unlinkat(work_fd, name, AT_REMOVEDIR) < 0 || mkdirat(work_fd, name, 0755) < 0))
		return errno == EBUSY ? -EEXIST : -errno;
	cgroup_open(cgroup, work_fd, name);
	return cgroup->fd < 0 ? -errno : 0;
}

static int set(const struct cgroup *cgroup, const char *file, uint64_t value, const char *suffix)
{
	char text[64];
	int r;

	if (cgroup->fd < 0)
		return -EOPNOTSUPP;
	fmt_text(text, sizeof(text), "%llu%s", (unsigned long long)value, suffix);
	r = io_write_text(cgroup->fd, file, text);
	/* A kernel without the controller, or work without it, has no such file. */
	return r == -ENOENT ? -EOPNOTSUPP : r;
}

int cgroup_set_limits(const struct cgroup *cgroup, const struct cgroup_limits *limits, const char **ret_field)
{
	int r = 0;

	*ret_field = "memory_max_bytes";
	if (limits->memory_max_bytes)
		r = set(cgroup, "memory.max", limits->memory_max_bytes, "");
	if (r == 0 && limits->memory_swap_max_bytes != CGROUP_SWAP_NOT_GIVEN) {
		*ret_field = "memory_swap_max_bytes";
		r = set(cgroup, "memory.swap.max", limits->memory_swap_max_bytes, "");
	}
	if (r == 0 && limits->pids_max) {
		*ret_field = "pids_max";
		r = set(cgroup, "pids.max", limits->pids_max, "");
	}
	if (r == 0 && limits->cpu_max_millis) {
		*ret_field = "cpu_max_millis";
		/* Microseconds of CPU in each period of 100 ms, the kernel's default. */
		r = set(cgroup, "cpu.max", limits->cpu_max_millis * 100, " 100000");
	}
	if (r == 0 && limits->io_weight) {
		*ret_field = "io_weight";
		r = set(cgroup, "io.weight", limits->io_weight, "");
	}
	return r;
}

int cgroup_kill(const struct cgroup *cgroup)
{
	if (cgroup->fd < 0)
		return -ENOENT;
	return io_write_text(cgroup->fd, "cgroup.kill", "1");
}

/* Finds the line that begins with key and a space; *ret is the number after the space, untouched if no line does. */
static void find_number(const char *text, const char *key, uint64_t *ret)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, n) == 0 && line[n] == ' ') {
			*ret = strtoull(line + n, NULL, 10);
			return;
		}
	}
}

void cgroup_read_usage(const struct cgroup *cgroup, struct cgroup_usage *usage)
{
	char text[STAT_SIZE];

	if (cgroup->fd < 0)
		return;
	if (io_read_text(cgroup->fd, "cpu.stat", text, sizeof(text)) > 0) {
		find_number(text, "user_usec", &usage->cpu_user_us);
		find_number(text, "system_usec", &usage->cpu_system_us);
	}
	if (io_read_text(cgroup->fd, "memory.peak", text, sizeof(text)) > 0)
		usage->peak_memory_bytes = strtoull(text, NULL, 10);
	if (io_read_text(cgroup->fd, "memory.events", text, sizeof(text)) > 0)
		find_number(text, "oom_kill", &usage->oom_kills);
}

bool cgroup_exists(int work_fd, const char *name)
{
	return work_fd >= 0 && faccessat(work_fd, name, F_OK, 0) == 0;
}

bool cgroup_remove(struct cgroup *cgroup, int work_fd)
{
	if (cgroup->fd < 0)
		return true;
	if (unlinkat(work_fd, cgroup->name, AT_REMOVEDIR) < 0 && errno == EBUSY)
		return false;
	close_fd(&cgroup->fd);
	return true;
}
