/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what an exec needs before its process: streams, cgroup, limits. Never: leaves one of the child's fds open. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "agent/exec/exec_io.h"
#include "agent/protocol/reply.h"
#include "agent/spawn/launcher.h"
#include "agent/spawn/pty.h"
#include "common/cleanup.h"

/* Consumes fd. */
static int adopt_output(struct exec *e, int i, int fd)
{
	e->out[i].watch.fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return loop_watch(&e->agent->loop, &e->out[i].watch, EPOLLIN);
}

/* Consumes fd. */
static int adopt_input(struct exec *e, int fd)
{
	e->in.watch.fd = fd;
	if (!exec_ring_resize(e, &e->in.ring, LIMIT_STDIN_WINDOW))
		return -ENOMEM;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return loop_watch(&e->agent->loop, &e->in.watch, 0);
}

static int make_pipes(struct exec *e, bool with_stdin, int child_fds[3])
{
	int fds[2], r = 0;

	if (with_stdin) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return -errno;
		child_fds[0] = fds[0];
		r = adopt_input(e, fds[1]);
	}
	for (int i = 0; i < 2 && r == 0; i++) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return -errno;
		child_fds[i + 1] = fds[1];
		r = adopt_output(e, i, fds[0]);
	}
	return r;
}

/* One slave for all three streams; the master twice, because epoll(7) takes an fd only once. */
static int make_tty(struct exec *e, const struct exec_params *params, int child_fds[3])
{
	int master, copy, r = pty_open(params->rows, params->cols, &master, &child_fds[0]);

	if (r < 0)
		return r;
	r = adopt_output(e, 0, master);
	if (r < 0)
		return r;
	copy = fcntl(master, F_DUPFD_CLOEXEC, 0);
	return copy < 0 ? -errno : adopt_input(e, copy);
}

static void close_streams(struct exec *e)
{
	for (int i = 0; i < 2; i++)
		loop_close(&e->agent->loop, &e->out[i].watch);
	if (e->in.watch.fd >= 0)
		exec_input_close(e);
}

/* A limit that cannot be set is the fault of the request, not of the program. */
static int make_cgroup(struct exec *e, const struct cgroup_limits *limits, struct reply *reply)
{
	int r = cgroup_make(&e->cgroup, e->agent->work_fd, e->id);
	const char *field;

	if (r == -EEXIST)
		reply_fail(reply, ERROR_ALREADY_EXISTS, "id: processes of an earlier exec %s still run", e->id);
	if (r < 0)
		return r;
	r = cgroup_set_limits(&e->cgroup, limits, &field);
	if (r == 0)
		return 0;
	cgroup_remove(&e->cgroup, e->agent->work_fd);
	reply->field = field;
	if (r == -EOPNOTSUPP)
		reply_fail(reply, ERROR_UNSUPPORTED, "%s: this guest has no cgroup controller for it", field);
	else
		reply_fail_errno(reply, -r, field);
	return r;
}

static int start(struct exec *e, const struct exec_params *params, const int child_fds[3], enum spawn_stage *ret_stage)
{
	struct spawn_plan plan = params->plan;
	int r;

	plan.cgroup_fd = e->cgroup.fd;
	plan.tty = params->tty;
	for (int i = 0; i < 3; i++)
		plan.stdio[i] = params->tty ? child_fds[0] : child_fds[i];
	if (!params->tty && !params->with_stdin)
		plan.stdio[0] = e->agent->null_fd;
	e->launching = launcher_try(e->agent, &plan, exec_launched, e);
	if (e->launching)
		return 0;
	r = spawn(&plan, &e->pid, &e->process.fd, &e->report.fd, ret_stage);
	if (r < 0)
		return r;
	r = loop_watch(&e->agent->loop, &e->process, EPOLLIN);
	if (r < 0) {
		/* Without a watch the program's end would be missed: the program is killed, and PID 1 reaps it. */
		exec_kill_tree(e);
		loop_close(&e->agent->loop, &e->process);
		loop_close(&e->agent->loop, &e->report);
	}
	return r;
}

int exec_launch(struct exec *e, const struct exec_params *params, enum spawn_stage *ret_stage, struct reply *reply)
{
	int child_fds[3] = { -1, -1, -1 };
	int r;

	*ret_stage = SPAWN_pipe;
	r = params->tty ? make_tty(e, params, child_fds) : make_pipes(e, params->with_stdin, child_fds);
	if (r == 0) {
		*ret_stage = SPAWN_cgroup;
		r = make_cgroup(e, &params->limits, reply);
	}
	if (r == 0)
		r = start(e, params, child_fds, ret_stage);
	for (int i = 0; i < 3; i++)
		close_fd(&child_fds[i]);
	if (r < 0)
		close_streams(e);
	return r;
}
