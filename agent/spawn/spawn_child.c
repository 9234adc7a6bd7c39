/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the steps between clone3(2) and execve(2), in their order: the agent's fds are closed; limits are set while the
 * child is still root; then the user, the capabilities, the program.
 *
 * Never: returns, writes to anything but the report. A child that hangs here hangs alone.
 */
#include "agent/spawn/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/spawn/users_files.h"
#include "common/fmt.h"
#include "common/io.h"
#include "common/procfs.h"

#define REPORT_FD 3
#define PATH_SIZE 4096
#define CAPABILITIES 64

/* Where a failure is reported; NULL: REPORT_FD. */
static struct spawn_report *told;

static _Noreturn void fail(enum spawn_stage stage, int error_number)
{
	struct spawn_report report = { .error_number = error_number, .stage = stage };

	if (told)
		*told = report;
	else
		io_write(REPORT_FD, &report, sizeof(report));
	_exit(127);
}

/* fds 0, 1 and 2 from the plan, fd 3 the report pipe if there is one; all others are closed. All source fds are above 3. */
static void set_fds(const struct spawn_plan *plan, int report_fd)
{
	if (report_fd >= 0 && dup3(report_fd, REPORT_FD, O_CLOEXEC) < 0)
		_exit(127);
	for (int i = 0; i < 3; i++)
		if (dup2(plan->stdio[i], i) < 0)
			fail(SPAWN_stdio, errno);
	if (syscall(SYS_close_range, report_fd >= 0 ? REPORT_FD + 1 : REPORT_FD, ~0U, 0) < 0)
		fail(SPAWN_stdio, errno);
	setsid();
	if (plan->tty && ioctl(0, TIOCSCTTY, 0) < 0)
		fail(SPAWN_stdio, errno);
}

static void set_limits(const struct spawn_plan *plan)
{
	char text[16];
	int r;

	if (plan->set_oom_score) {
		fmt_text(text, sizeof(text), "%d", plan->oom_score_adj);
		r = procfs_write_text("/proc/self/oom_score_adj", text);
		if (r < 0)
			fail(SPAWN_limits, -r);
	}
	/* The first limit is the agent's, not the request's: a failure (fs.nr_open below the limit) is tolerated. */
	for (size_t i = 0; i < plan->rlimit_count; i++)
		if (setrlimit(plan->rlimits[i].resource, &plan->rlimits[i].limit) < 0 && i > 0)
			fail(SPAWN_limits, errno);
	if (plan->nice && setpriority(PRIO_PROCESS, 0, plan->nice) < 0)
		fail(SPAWN_limits, errno);
	for (int i = 0; plan->drop_capabilities && i < CAPABILITIES; i++) {
		if (plan->kept_capabilities >> i & 1)
			continue;
		/* EINVAL: this kernel has no capability of this number, nor of a higher one. */
		if (prctl(PR_CAPBSET_DROP, i) < 0 && errno != EINVAL)
			fail(SPAWN_limits, errno);
	}
	umask(plan->umask);
}

static void find_user(const char *spec, struct user *user)
{
	switch (users_look_up(spec, user)) {
	case USERS_OK:
		break;
	case USERS_NO_USER:
	case USERS_NO_GROUP:
		fail(SPAWN_user, ENOENT);
	}
}

static void become(const struct spawn_plan *plan, const struct user *user)
{
	/* As login(1) does: the user may open the terminal by its name. */
	if (plan->tty && fchown(0, user->uid, (gid_t)-1) < 0)
		fail(SPAWN_stdio, errno);
	if (setgroups(user->group_count, user->groups) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		fail(SPAWN_user, errno);
}

static bool env_has(const struct spawn_plan *plan, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < plan->env_count; i++)
		if (strncmp(plan->envp[i], name, n) == 0 && plan->envp[i][n] == '=')
			return true;
	return false;
}

static void fill_env(const struct spawn_plan *plan, const struct user *user)
{
	static char text[SPAWN_ENV_SPARE][USERS_TEXT_SIZE + 16];
	const char *const name[SPAWN_ENV_SPARE] = { "HOME", "USER", "LOGNAME", "SHELL" };
	const char *const value[SPAWN_ENV_SPARE] = { user->home, user->name, user->name, user->shell };
	size_t count = plan->env_count;

	for (int i = 0; i < SPAWN_ENV_SPARE; i++) {
		if (env_has(plan, name[i]))
			continue;
		fmt_text(text[i], sizeof(text[i]), "%s=%s", name[i], value[i]);
		plan->envp[count++] = text[i];
	}
	plan->envp[count] = NULL;
}

static void enter_cwd(const struct spawn_plan *plan, const struct user *user)
{
	if (plan->cwd && chdir(plan->cwd) < 0)
		fail(SPAWN_cwd, errno);
	/* A missing home does not keep the program from running, as with login(1). */
	if (!plan->cwd && (!plan->user || chdir(user->home) < 0) && chdir("/") < 0)
		fail(SPAWN_cwd, errno);
}

/* True after ENOENT of execve(2): the file exists, so its interpreter is missing. */
static bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void try_exec(const struct spawn_plan *plan, const char *file)
{
	execve(file, (char *const *)(uintptr_t)plan->argv, (char *const *)(uintptr_t)plan->envp);
}

static _Noreturn void exec_path(const struct spawn_plan *plan, const char *file)
{
	int error_number;

	try_exec(plan, file);
	error_number = errno;
	fail(error_number == ENOENT && file_exists(file) ? SPAWN_interpreter : SPAWN_exec, error_number);
}

/* As execvp(3): EACCES does not end the search, but is the error that is reported if no later directory has the program. */
static _Noreturn void exec_lookup(const struct spawn_plan *plan)
{
	const char *name = plan->argv[0], *dir = plan->path;
	size_t name_len = strlen(name);
	bool denied = false;

	for (;;) {
		size_t dir_len = strcspn(dir, ":");
		char file[PATH_SIZE];

		if (dir_len + name_len + 2 <= sizeof(file)) {
			memcpy(file, dir, dir_len);
			file[dir_len] = '/';
			/* An empty entry of PATH is the working directory. */
			memcpy(file + dir_len + (dir_len ? 1 : 0), name, name_len + 1);
			try_exec(plan, file);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ENOTDIR)
				fail(SPAWN_exec, errno);
			else if (file_exists(file))
				fail(SPAWN_interpreter, ENOENT);
		}
		if (!dir[dir_len])
			break;
		dir += dir_len + 1;
	}
	fail(denied ? SPAWN_exec : SPAWN_lookup, denied ? EACCES : ENOENT);
}

_Noreturn void spawn_child(const struct spawn_plan *plan, int report_fd, struct spawn_report *report)
{
	struct user user = { .name = "root", .home = "/root", .shell = "/bin/sh" };
	sigset_t none;

	told = report_fd < 0 ? report : NULL;
	set_fds(plan, report_fd);
	/* The user database is read before the limits are set, because a low RLIMIT_NOFILE may leave no fd for it. */
	if (plan->user)
		find_user(plan->user, &user);
	set_limits(plan);
	if (plan->user)
		become(plan, &user);
	if (plan->user_env)
		fill_env(plan, &user);
	enter_cwd(plan, &user);
	if (plan->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail(SPAWN_limits, errno);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (strchr(plan->argv[0], '/'))
		exec_path(plan, plan->argv[0]);
	exec_lookup(plan);
}
