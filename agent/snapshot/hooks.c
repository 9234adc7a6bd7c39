/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the running hook: its process, its output, its time limit, and its leftover processes, which are killed.
 *
 * Never: runs a file that another user than uid 0 may write, or two hooks at once.
 */
#include "agent/snapshot/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/helper.h"
#include "agent/core/steps.h"
#include "agent/protocol/jsonw.h"
#include "agent/protocol/reply.h"
#include "agent/snapshot/quiesce.h"
#include "agent/spawn/spawn.h"
#include "common/archive/readdir.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fmt.h"
#include "common/io.h"

#define HOOK_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CGROUP_NAME "../hook%u"	/* beside the cgroup `work`, which is frozen */

struct hook_dying {
	struct hook_dying *next;
	struct watch process;
	struct agent *agent;
};

static bool may_run(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) &&
	       st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* Inserts the name in order. 0 or -errno. */
static int add(struct hook *list, size_t count, const char *name)
{
	size_t at = count;

	if (count == HOOKS_MAX)
		return -E2BIG;
	if (strlen(name) >= HOOK_NAME_SIZE)
		return -ENAMETOOLONG;
	for (; at > 0 && strcmp(list[at - 1].name, name) > 0; at--)
		list[at] = list[at - 1];
	memset(&list[at], 0, sizeof(list[at]));
	memcpy(list[at].name, name, strlen(name) + 1);
	return 0;
}

/* Fills h->list with the directory's hooks; without hooks the last run's list stays. Returns their number or -errno. */
static int find(struct hooks *h, const char *directory)
{
	_cleanup_free_ struct hook *list = NULL;
	_cleanup_dir_ DIR *dir = opendir(directory);
	const struct dirent *entry;
	size_t count = 0;
	int r = 0;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while (r == 0 && (entry = readdir_next(dir, &r))) {
		if (entry->d_name[0] == '.' || !may_run(dirfd(dir), entry->d_name))
			continue;
		if (!list)
			list = calloc(HOOKS_MAX, sizeof(*list));
		r = list ? add(list, count, entry->d_name) : -ENOMEM;
		count += r == 0;
	}
	if (r < 0 || count == 0)
		return r;
	free(h->list);
	h->list = list;
	h->count = count;
	h->at = 0;
	list = NULL;
	return (int)count;
}

static bool is_optional(const char *name)
{
	size_t len = strlen(name), n = strlen(HOOK_OPTIONAL);

	return len > n && strcmp(name + len - n, HOOK_OPTIONAL) == 0;
}

/* The errno of the first hook that failed without being optional. */
static int outcome(const struct hooks *h)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct hook *hook = &h->list[i];

		if (hook->ran && !is_optional(hook->name) && (hook->error_number || hook->status))
			return hook->error_number ? -hook->error_number : -ECANCELED;
	}
	return 0;
}

static void read_output(struct hooks *h)
{
	struct hook *hook = &h->list[h->at];
	char beyond[512];
	ssize_t n;

	do {
		size_t room = sizeof(hook->output) - hook->output_len;

		n = room ? io_read(h->output.fd, hook->output + hook->output_len, room) : io_read(h->output.fd, beyond, sizeof(beyond));
		if (n > 0 && room)
			hook->output_len = (uint16_t)(hook->output_len + n);
	} while (n > 0);
	if (n == 0)
		loop_unwatch(&container_of(h, struct snapshot, hooks)->agent->loop, &h->output);
}

static void on_output(struct watch *watch, uint32_t events)
{
	(void)events;
	read_output(container_of(watch, struct hooks, output));
}

static void close_all(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;

	loop_timer_clear(&agent->loop, &h->late);
	loop_close(&agent->loop, &h->process);
	loop_close(&agent->loop, &h->output);
	close_fd(&h->report_fd);
}

/* The hook has died: its other processes are killed. */
static void end_hook(struct agent *agent, int error_number, int status)
{
	struct hooks *h = &agent->snapshot->hooks;
	struct hook *hook = &h->list[h->at];
	struct spawn_report report;

	cgroup_kill(&h->cgroup);
	if (h->output.fd >= 0)
		read_output(h);
	if (!error_number && h->report_fd >= 0 && io_read(h->report_fd, &report, sizeof(report)) == sizeof(report))
		error_number = report.error_number;
	hook->error_number = error_number;
	hook->status = status;
	hook->us = (uint32_t)(clock_boot_us() - h->began_us);
	hook->ran = true;
	close_all(agent);
}

/* Hooks that were killed and are not reaped yet. */
static struct hook_dying *dying;

static void on_death(struct watch *watch, uint32_t events)
{
	struct hook_dying *d = container_of(watch, struct hook_dying, process);
	siginfo_t info;

	(void)events;
	if (!helper_reap(watch->fd, &info))
		return;
	for (struct hook_dying **at = &dying; *at; at = &(*at)->next)
		if (*at == d) {
			*at = d->next;
			break;
		}
	loop_close(&d->agent->loop, watch);
	free(d);
}

/* A hook that hangs in the kernel is reaped later by its pidfd. Without memory for that it stays a zombie. */
static void kill_hook(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;
	struct hook_dying *d;

	cgroup_kill(&h->cgroup);
	if (h->process.fd < 0)
		return;
	syscall(SYS_pidfd_send_signal, h->process.fd, SIGKILL, NULL, 0);
	d = calloc(1, sizeof(*d));
	if (!d)
		return;
	loop_unwatch(&agent->loop, &h->process);
	d->process = (struct watch){ .fd = take_fd(&h->process.fd), .fn = on_death };
	d->agent = agent;
	d->next = dying;
	dying = d;
	loop_watch(&agent->loop, &d->process, EPOLLIN);
}

/*
 * A new cgroup for each hook: recent kernels kill a process at once that is cloned into a cgroup in which processes
 * were killed before. Cgroups that were not empty at the end of their hook are removed here. Without cgroups only the
 * hook's own process is killed.
 */
static void make_cgroup(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;
	char name[32];

	if (agent->work_fd < 0)
		return;
	close_fd(&h->cgroup.fd);
	for (; h->first_leaf < h->next_leaf; h->first_leaf++) {
		fmt_text(name, sizeof(name), CGROUP_NAME, h->first_leaf);
		if (unlinkat(agent->work_fd, name, AT_REMOVEDIR) < 0 && errno == EBUSY)
			break;
	}
	fmt_text(name, sizeof(name), CGROUP_NAME, h->next_leaf);
	if (cgroup_make(&h->cgroup, agent->work_fd, name) == 0)
		h->next_leaf++;
}

static int start(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;
	char generation[16 + GENERATION_SIZE];
	const char *argv[] = { h->path, h->argument, NULL };
	const char *envp[3 + SPAWN_ENV_SPARE] = { HOOK_PATH, generation };
	_cleanup_close_ int theirs = -1;
	enum spawn_stage stage;
	pid_t pid;
	int fds[2], r;
	struct spawn_plan plan = {
		.argv = argv, .envp = envp, .env_count = 2, .path = "/", .cwd = "/", .umask = 022,
		.set_oom_score = agent->protected, .rlimits = { { RLIMIT_NOFILE, agent->nofile } }, .rlimit_count = 1,
	};

	make_cgroup(agent);
	plan.cgroup_fd = h->cgroup.fd;
	fmt_text(h->path, sizeof(h->path), "%s/%s", h->directory, h->list[h->at].name);
	fmt_text(generation, sizeof(generation), "PITH_GENERATION=%s", agent->generation);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	h->output.fd = fds[0];
	theirs = fds[1];
	if (fcntl(h->output.fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	plan.stdio[0] = agent->null_fd;
	plan.stdio[1] = plan.stdio[2] = theirs;
	h->began_us = clock_boot_us();
	r = spawn(&plan, &pid, &h->process.fd, &h->report_fd, &stage);
	if (r == 0)
		r = loop_watch(&agent->loop, &h->output, EPOLLIN);
	if (r == 0)
		r = loop_watch(&agent->loop, &h->process, EPOLLIN);
	if (r < 0)
		return r;
	loop_timer_set(&agent->loop, &h->late, h->timeout_us);
	return 0;
}

/* Starts the next hook. False: there is none, or a hook that was not optional failed. */
static bool advance(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;

	for (; h->at < h->count && outcome(h) == 0; h->at++) {
		int r = start(agent);

		if (r == 0)
			return true;
		kill_hook(agent);
		end_hook(agent, -r, 0);
	}
	return false;
}

static void go_on(struct agent *agent)
{
	agent->snapshot->hooks.at++;
	if (!advance(agent))
		agent->snapshot->hooks.done(agent, outcome(&agent->snapshot->hooks));
}

static void on_end(struct watch *watch, uint32_t events)
{
	struct hooks *h = container_of(watch, struct hooks, process);
	struct agent *agent = container_of(h, struct snapshot, hooks)->agent;
	siginfo_t info;

	(void)events;
	if (!helper_reap(watch->fd, &info))
		return;
	end_hook(agent, 0, info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status);
	go_on(agent);
}

static void on_late(struct timer *timer)
{
	struct hooks *h = container_of(timer, struct hooks, late);
	struct agent *agent = container_of(h, struct snapshot, hooks)->agent;

	kill_hook(agent);
	end_hook(agent, ETIMEDOUT, 0);
	go_on(agent);
}

int hooks_run(struct agent *agent, const char *directory, const char *argument, int64_t timeout_us)
{
	struct hooks *h = &agent->snapshot->hooks;
	int r;

	r = find(h, directory);
	if (r <= 0)
		return r < 0 ? r : STEP_SKIPPED;
	h->process.fn = on_end;
	h->output.fn = on_output;
	h->late.fn = on_late;
	h->directory = directory;
	h->argument = argument;
	h->timeout_us = timeout_us;
	return advance(agent) ? STEP_LATER : outcome(h);
}

void hooks_stop(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;

	if (h->process.fd < 0)
		return;
	kill_hook(agent);
	end_hook(agent, ECANCELED, 0);
}

void hooks_forget(struct agent *agent)
{
	struct hooks *h = &agent->snapshot->hooks;

	hooks_stop(agent);
	free(h->list);
	h->list = NULL;
	h->count = 0;
	h->at = 0;
}

void hooks_write(const struct hooks *h, struct buf *b)
{
	if (!h->count)
		return;
	jsonw_array(b, "hooks");
	for (size_t i = 0; i < h->count; i++) {
		const struct hook *hook = &h->list[i];
		char output[HOOK_OUTPUT_SIZE + 1];

		if (!hook->ran)
			continue;
		jsonw_object(b, NULL);
		jsonw_string(b, "hook", hook->name);
		jsonw_string(b, "result", hook->error_number ? errno_name(hook->error_number) : hook->status ? "failed" : "ok");
		if (hook->status)
			jsonw_count(b, "status", (uint64_t)hook->status);
		jsonw_count(b, "us", hook->us);
		memcpy(output, hook->output, hook->output_len);
		output[hook->output_len] = '\0';
		jsonw_string(b, "output", output);
		jsonw_object_end(b);
	}
	jsonw_array_end(b);
}
