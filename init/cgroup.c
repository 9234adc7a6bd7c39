/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the cgroups `pith` and `work`. Never: looks below `work`, where the agent makes a cgroup for each exec. */
#include "init/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fmt.h"
#include "common/io.h"
#include "init/log.h"

/* "cpu memory pids\n" to "+cpu +memory +pids ". */
static void make_request(const char *names, char *request, size_t size)
{
	size_t len = 0;

	request[0] = '\0';
	while (*names) {
		size_t n = strcspn(names, " \n");

		if (n > 0)
			len += fmt_text(request + len, size - len, "+%.*s ", (int)n, names);
		names += n + (names[n] != '\0');
	}
}

/* Enables each controller by its own write, so that one refused controller does not disable the others. */
static void enable_each(const char *path, char *request)
{
	char *saved = NULL;

	for (char *word = strtok_r(request, " ", &saved); word; word = strtok_r(NULL, " ", &saved)) {
		int r = io_write_text(AT_FDCWD, path, word);

		if (r < 0)
			log_failed(r, "controller %s of %s", word + 1, path);
	}
}

static void enable_controllers(const char *cgroup)
{
	char path[64];
	char names[256];
	char request[512];
	int r;

	fmt_text(path, sizeof(path), "%s/cgroup.controllers", cgroup);
	if (io_read_text(AT_FDCWD, path, names, sizeof(names)) < 0)
		return;
	make_request(names, request, sizeof(request));
	if (request[0] == '\0')
		return;
	fmt_text(path, sizeof(path), "%s/cgroup.subtree_control", cgroup);
	/* One write for all controllers is the fastest way. */
	r = io_write_text(AT_FDCWD, path, request);
	if (r == -EBUSY) {
		/* In a container the root cgroup is an ordinary one, in which no process may stay above cgroups with limits. */
		(void)io_write_text(AT_FDCWD, CGROUP_PITH "/cgroup.procs", "0");
		r = io_write_text(AT_FDCWD, path, request);
	}
	if (r < 0)
		enable_each(path, request);
}

static int make_cgroup(const char *path)
{
	int r = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;

	if (r < 0)
		log_failed(r, "mkdir %s", path);
	return r;
}

bool cgroup_setup(void)
{
	struct statfs fs = { 0 };

	if (statfs(CGROUP_ROOT, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC) {
		log_say(LOG_QUIET, "no cgroup2 on " CGROUP_ROOT ": programs run without cgroups of their own");
		return false;
	}
	if (make_cgroup(CGROUP_WORK) < 0)
		return false;
	(void)make_cgroup(CGROUP_PITH);
	enable_controllers(CGROUP_ROOT);
	enable_controllers(CGROUP_WORK);
	return true;
}

pid_t cgroup_fork(void)
{
	_cleanup_close_ int fd = open(CGROUP_PITH, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)fd };
	pid_t pid = -1;

	if (fd >= 0)
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	/* Without clone3() into the cgroup an agent in PID 1's cgroup is better than none. fork() reports its own errors. */
	return pid < 0 ? fork() : pid;
}

void cgroup_kill_work(void)
{
	(void)io_write_text(AT_FDCWD, CGROUP_WORK "/cgroup.kill", "1");
}

bool cgroup_work_is_frozen(void)
{
	char text[4];

	return io_read_text(AT_FDCWD, CGROUP_WORK "/cgroup.freeze", text, sizeof(text)) > 0 && text[0] == '1';
}
