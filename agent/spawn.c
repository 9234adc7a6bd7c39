/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the few steps between clone3() and execve().
 *
 * The child is a copy (no CLONE_VM, no CLONE_VFORK): the loop goes on while the child looks for its program, and a child
 * that hangs there owns nothing of ours, for its first step is to drop every fd but its own.
 *
 * Never in the child: allocate, use stdio, return.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "io.h"

#define REPORT_FD 3
#define PATH_SIZE 4096

static const char *const stage_names[] = {
#define S(name) [SPAWN_##name] = #name,
	SPAWN_STAGES(S)
#undef S
};

const char *spawn_stage_name(enum spawn_stage stage)
{
	return stage_names[stage];
}

static _Noreturn void child_fail(enum spawn_stage stage, int error_number)
{
	struct spawn_report report = { .error_number = error_number, .stage = stage };

	io_write(REPORT_FD, &report, sizeof(report));
	_exit(127);
}

/* fds 0, 1, 2 from the plan, 3 is the report pipe, nothing else stays open. All sources are above 3. */
static void child_set_fds(const struct spawn_plan *plan, int report_fd)
{
	if (dup3(report_fd, REPORT_FD, O_CLOEXEC) < 0)
		_exit(127);
	for (int i = 0; i < 3; i++)
		if (dup2(plan->stdio[i], i) < 0)
			child_fail(SPAWN_stdio, errno);
	if (syscall(SYS_close_range, REPORT_FD + 1, ~0U, 0) < 0)
		child_fail(SPAWN_stdio, errno);
}

/* The file exists and execve() still said ENOENT: what is missing is its interpreter. */
static bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static _Noreturn void child_exec_path(const struct spawn_plan *plan, const char *file)
{
	int error_number;

	execve(file, (char *const *)(uintptr_t)plan->argv, (char *const *)(uintptr_t)plan->envp);
	error_number = errno;
	child_fail(error_number == ENOENT && file_exists(file) ? SPAWN_interpreter : SPAWN_exec, error_number);
}

/* As execvp(3): a file that may not be run does not end the search, but is what is told when nothing better comes. */
static _Noreturn void child_exec_lookup(const struct spawn_plan *plan)
{
	const char *name = plan->argv[0], *dir = plan->path;
	size_t name_len = strlen(name);
	bool denied = false;

	for (;;) {
		size_t dir_len = strcspn(dir, ":");
		char file[PATH_SIZE];

		if (name_len && dir_len + name_len + 2 <= sizeof(file)) {
			memcpy(file, dir, dir_len);
			file[dir_len] = '/';
			/* An empty entry of PATH is the working directory. */
			memcpy(file + dir_len + (dir_len ? 1 : 0), name, name_len + 1);
			execve(file, (char *const *)(uintptr_t)plan->argv, (char *const *)(uintptr_t)plan->envp);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ENOTDIR)
				child_fail(SPAWN_exec, errno);
			else if (file_exists(file))
				child_fail(SPAWN_interpreter, ENOENT);
		}
		if (!dir[dir_len])
			break;
		dir += dir_len + 1;
	}
	child_fail(denied ? SPAWN_exec : SPAWN_lookup, denied ? EACCES : ENOENT);
}

static _Noreturn void child_main(const struct spawn_plan *plan, int report_fd)
{
	sigset_t none;

	child_set_fds(plan, report_fd);
	setsid();
	if (plan->reset_oom_score)
		io_write_text(AT_FDCWD, "/proc/self/oom_score_adj", "0");
	setrlimit(RLIMIT_NOFILE, &plan->nofile);
	umask(022);
	if (chdir(plan->cwd) < 0)
		child_fail(SPAWN_cwd, errno);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (strchr(plan->argv[0], '/'))
		child_exec_path(plan, plan->argv[0]);
	child_exec_lookup(plan);
}

/* 0 in the child. */
static pid_t clone_child(int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int spawn(const struct spawn_plan *plan, pid_t *ret_pid, int *ret_pidfd, int *ret_report_fd, enum spawn_stage *ret_stage)
{
	_cleanup_close_ int report_in = -1, report_out = -1;
	int fds[2], pidfd = -1;
	pid_t pid;

	*ret_stage = SPAWN_pipe;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	report_in = fds[0];
	report_out = fds[1];
	if (fcntl(report_in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;

	pid = clone_child(plan->cgroup_fd, &pidfd);
	if (pid < 0) {
		*ret_stage = SPAWN_clone;
		return -errno;
	}
	if (pid == 0)
		child_main(plan, report_out);
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	*ret_report_fd = take_fd(&report_in);
	return 0;
}
