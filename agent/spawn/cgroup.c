/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the files of an exec's cgroup. Never: waits, or fails an exec for a statistic. */
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

void leaf_tell_missing(int work_fd)
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
		log_line("cgroup controllers that this guest does not have:%s", missing);
}

void leaf_open(struct leaf *leaf, int work_fd, const char *name)
{
	leaf->fd = openat(work_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (leaf->fd >= 0)
		strncpy(leaf->name, name, sizeof(leaf->name) - 1);
}

int leaf_make(struct leaf *leaf, int work_fd, const char *name)
{
	if (work_fd < 0)
		return 0;
	/* One that an earlier agent left goes if it is empty. */
	if (mkdirat(work_fd, name, 0755) < 0 &&
	    (errno != EEXIST || unlinkat(work_fd, name, AT_REMOVEDIR) < 0 || mkdirat(work_fd, name, 0755) < 0))
		return errno == EBUSY ? -EEXIST : -errno;
	leaf_open(leaf, work_fd, name);
	return leaf->fd < 0 ? -errno : 0;
}

static int set(const struct leaf *leaf, const char *file, uint64_t value, const char *suffix)
{
	char text[64];
	int r;

	if (leaf->fd < 0)
		return -EOPNOTSUPP;
	fmt_text(text, sizeof(text), "%llu%s", (unsigned long long)value, suffix);
	r = io_write_text(leaf->fd, file, text);
	/* The file is there only if the controller is. */
	return r == -ENOENT ? -EOPNOTSUPP : r;
}

int leaf_set_limits(const struct leaf *leaf, const struct leaf_limits *limits, const char **ret_field)
{
	int r = 0;

	*ret_field = "memory_max_bytes";
	if (limits->memory_max_bytes)
		r = set(leaf, "memory.max", limits->memory_max_bytes, "");
	if (r == 0 && limits->memory_swap_max_bytes != LEAF_SWAP_NOT_GIVEN) {
		*ret_field = "memory_swap_max_bytes";
		r = set(leaf, "memory.swap.max", limits->memory_swap_max_bytes, "");
	}
	if (r == 0 && limits->pids_max) {
		*ret_field = "pids_max";
		r = set(leaf, "pids.max", limits->pids_max, "");
	}
	if (r == 0 && limits->cpu_max_millis) {
		*ret_field = "cpu_max_millis";
		/* Microseconds of CPU in each period of 100 ms, the kernel's default. */
		r = set(leaf, "cpu.max", limits->cpu_max_millis * 100, " 100000");
	}
	if (r == 0 && limits->io_weight) {
		*ret_field = "io_weight";
		r = set(leaf, "io.weight", limits->io_weight, "");
	}
	return r;
}

int leaf_kill(const struct leaf *leaf)
{
	if (leaf->fd < 0)
		return -ENOENT;
	return io_write_text(leaf->fd, "cgroup.kill", "1");
}

/* The number behind "key " at the start of a line. */
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

void leaf_read_usage(const struct leaf *leaf, struct leaf_usage *usage)
{
	char text[STAT_SIZE];

	if (leaf->fd < 0)
		return;
	if (io_read_text(leaf->fd, "cpu.stat", text, sizeof(text)) > 0) {
		find_number(text, "user_usec", &usage->cpu_user_us);
		find_number(text, "system_usec", &usage->cpu_system_us);
	}
	if (io_read_text(leaf->fd, "memory.peak", text, sizeof(text)) > 0)
		usage->peak_memory_bytes = strtoull(text, NULL, 10);
	if (io_read_text(leaf->fd, "memory.events", text, sizeof(text)) > 0)
		find_number(text, "oom_kill", &usage->oom_kills);
}

bool leaf_exists(int work_fd, const char *name)
{
	return work_fd >= 0 && faccessat(work_fd, name, F_OK, 0) == 0;
}

bool leaf_remove(struct leaf *leaf, int work_fd)
{
	if (leaf->fd < 0)
		return true;
	if (unlinkat(work_fd, leaf->name, AT_REMOVEDIR) < 0 && errno == EBUSY)
		return false;
	close_fd(&leaf->fd);
	return true;
}
