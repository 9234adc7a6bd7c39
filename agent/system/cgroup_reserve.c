/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the limits of the cgroup `work` as a whole. Never: fails the start of the agent. */
#include "agent/system/cgroup_reserve.h"

#include <fcntl.h>
#include <stdlib.h>

#include "agent/core/limits.h"
#include "common/fmt.h"
#include "common/io.h"

/* Both programs with their socket buffers and page tables, and some room to spare. */
#define BASE_BYTES (8ull << 20)
/* pids left for a shell of the host and the programs that it starts. */
#define KEPT_PIDS 256
#define FEWEST_PIDS 64

static void set(int dirfd, const char *file, uint64_t value)
{
	char text[24];

	fmt_text(text, sizeof(text), "%llu", (unsigned long long)value);
	io_write_text(dirfd, file, text);
}

static long read_number(const char *path)
{
	char text[32];

	return io_read_text(AT_FDCWD, path, text, sizeof(text)) > 0 ? strtol(text, NULL, 10) : 0;
}

void cgroup_reserve_apply(int work_fd, uint64_t total_bytes)
{
	uint64_t reserve = BASE_BYTES + total_bytes / LIMIT_RINGS_OF_MEMORY;
	long pid_max = read_number("/proc/sys/kernel/pid_max"), threads_max = read_number("/proc/sys/kernel/threads-max");
	long pids = threads_max && threads_max < pid_max ? threads_max : pid_max;

	/* In a very small guest the reserve is half of the memory. */
	if (reserve > total_bytes / 2)
		reserve = total_bytes / 2;
	set(work_fd, "memory.max", total_bytes - reserve);
	set(work_fd, "../pith/memory.min", reserve);
	if (pids > KEPT_PIDS + FEWEST_PIDS)
		set(work_fd, "pids.max", (uint64_t)(pids - KEPT_PIDS));
}
