/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the workers' pidfds: the start, the number and the end of workers.
 *
 * Never: waits for a worker, exchanges messages with one. A worker has its state from the copy, and answers to the host
 * alone.
 */
#include "agent/files/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/helper.h"
#include "agent/core/limits.h"
#include "agent/files/worker_main.h"
#include "agent/files/worker_requests.h"
#include "agent/server/conn_in.h"
#include "agent/server/server.h"
#include "agent/server/token.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/procfs.h"

#define SOCKET_FD 3	/* the worker's only fd besides 0 to 2 */

struct worker {
	struct watch pidfd;
	struct agent *agent;
	struct worker *next;
	bool told;	/* SIGTERM was sent: the end is expected */
	bool stopped;	/* SIGSTOP was sent */
	struct worker_slot *slot;
};

static struct workers workers;

void worker_init(struct agent *agent)
{
	agent->workers = &workers;
}

static void forget(struct worker *w)
{
	struct worker **at = &w->agent->workers->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->agent->workers_running--;
	w->slot->taken = false;
	loop_close(&w->agent->loop, &w->pidfd);
	free(w);
}

static void on_end(struct watch *watch, uint32_t events)
{
	struct worker *w = container_of(watch, struct worker, pidfd);
	siginfo_t info;

	(void)events;
	if (!helper_reap(watch->fd, &info))
		return;
	if (info.si_code != CLD_EXITED && !w->told)
		w->agent->counters.workers_died++;
	forget(w);
}

/* Closes the agent's fds, and gives up the agent's protection from the OOM killer. */
static void become_worker(const struct conn *c, pid_t agent_pid)
{
	const struct rlimit fds = { LIMIT_WORKER_FDS, LIMIT_WORKER_FDS }, no_core = { 0, 0 };
	const int keep[] = { SOCKET_FD, c->agent->upper_fd };

	if (c->watch.fd != SOCKET_FD && dup3(c->watch.fd, SOCKET_FD, O_CLOEXEC) < 0)
		_exit(1);
	if (helper_settle("pith-worker", SIGTERM, agent_pid, keep, keep[1] < 0 ? 1 : 2) < 0)
		_exit(1);
	if (c->agent->protected && procfs_write_text("/proc/self/oom_score_adj", "0") < 0)
		_exit(1);
	setrlimit(RLIMIT_NOFILE, &fds);
	setrlimit(RLIMIT_CORE, &no_core);
	umask(0);
	signal(SIGXFSZ, SIG_IGN);
}

static _Noreturn void run(struct conn *c, const struct request *request, pid_t agent_pid, struct worker_slot *slot)
{
	struct worker_start start = {
		.fd = SOCKET_FD, .request = request, .generation = c->agent->generation, .board = c->agent->workers->board, .slot = slot,
		.upper_fd = c->agent->upper_fd, .serve = worker_requests_serve,
		.token_now = c->inside ? NULL : c->agent->server->token_version,
		.token_version = c->token_version,
	};

	start.in_len = conn_unread(c, &start.in);
	start.out = c->out;
	become_worker(c, agent_pid);
	worker_run(&start);
}

/* The board has a slot for each of LIMIT_WORKERS. */
static struct worker_slot *take_slot(struct agent *agent)
{
	if (!agent->workers->board) {
		agent->workers->board = mmap(NULL, sizeof(*agent->workers->board), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (agent->workers->board == MAP_FAILED)
			agent->workers->board = NULL;
	}
	for (size_t i = 0; agent->workers->board && i < LIMIT_WORKERS; i++) {
		struct worker_slot *slot = &agent->workers->board->slot[i];

		if (slot->taken)
			continue;
		slot->taken = true;
		/* A worker begins with a request. */
		atomic_store(&slot->busy, true);
		return slot;
	}
	return NULL;
}

enum handled worker_take(struct conn *c, const struct request *request, struct reply *reply)
{
	struct agent *agent = c->agent;
	struct worker *w;
	pid_t agent_pid = getpid(), pid;

	if (agent->workers_running >= LIMIT_WORKERS) {
		reply_fail(reply, ERROR_RESOURCE_EXHAUSTED, "%u connections work on files already", LIMIT_WORKERS);
		return HANDLED_NOW;
	}
	w = calloc(1, sizeof(*w));
	if (w)
		w->slot = take_slot(agent);
	if (!w || !w->slot) {
		free(w);
		reply_fail_errno(reply, ENOMEM, "no worker");
		return HANDLED_NOW;
	}
	w->pidfd = (struct watch){ .fd = -1, .fn = on_end };
	/* Noted before the copy: the agent may take another token before the worker runs. */
	token_given(c);
	pid = helper_make(&w->pidfd.fd);
	if (pid == 0)
		run(c, request, agent_pid, w->slot);
	if (pid < 0) {
		reply_fail_errno(reply, -pid, "no worker");
		w->slot->taken = false;
		free(w);
		return HANDLED_NOW;
	}
	w->agent = agent;
	w->next = agent->workers->first;
	agent->workers->first = w;
	agent->workers_running++;
	agent->counters.workers_total++;
	/* Without its watch the worker would never be reaped. LIMIT_FDS bounds the number of watches. */
	if (loop_watch(&agent->loop, &w->pidfd, EPOLLIN) < 0) {
		helper_kill(pid);
		forget(w);
	}
	c->state = CONN_LEFT;
	return HANDLED_AWAY;
}

void worker_stop_all(struct agent *agent)
{
	for (struct worker *w = agent->workers->first; w; w = w->next) {
		if (w->told)
			continue;
		w->told = true;
		syscall(SYS_pidfd_send_signal, w->pidfd.fd, SIGTERM, NULL, 0);
	}
}

/*
 * A worker that is about to begin a request either sees the mark and refuses the request, or shows itself as busy here.
 * A write inside the kernel ends first, or waits for the thaw of its file system.
 */
void worker_stand_still(struct agent *agent)
{
	if (!agent->workers->board)
		return;
	atomic_store(&agent->workers->board->still, true);
	for (struct worker *w = agent->workers->first; w; w = w->next) {
		w->stopped = atomic_load(&w->slot->busy);
		if (w->stopped)
			syscall(SYS_pidfd_send_signal, w->pidfd.fd, SIGSTOP, NULL, 0);
	}
}

void worker_go_on(struct agent *agent)
{
	if (!agent->workers->board)
		return;
	atomic_store(&agent->workers->board->still, false);
	for (struct worker *w = agent->workers->first; w; w = w->next) {
		if (w->stopped)
			syscall(SYS_pidfd_send_signal, w->pidfd.fd, SIGCONT, NULL, 0);
		w->stopped = false;
	}
}
