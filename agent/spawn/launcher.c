/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the agent's side of the launcher: its start, its one launch at a time, its death.
 *
 * Never: waits for the launcher, gives a busy launcher a second launch.
 */
#include "agent/spawn/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/helper.h"
#include "agent/core/pass_fds.h"
#include "agent/spawn/launcher_block.h"
#include "common/cleanup.h"
#include "common/clock.h"

#define SOCKET_FD 3
/* A launcher that dies again and again is not started for ever; LONG_LIFE_US without a death ends the count. */
#define MOST_DEATHS 8
#define LONG_LIFE_US (60 * 1000000LL)
/* A launch with fewer bytes leaves the block's pages mapped for the next launch. */
#define KEPT_TEXT_BYTES (64u << 10)

/* AddressSanitizer's instrumented stacks break vfork: the child would run on the stack of its parent. */
#define HAS_LAUNCHER true
#if defined(__SANITIZE_ADDRESS__)
#undef HAS_LAUNCHER
#define HAS_LAUNCHER false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef HAS_LAUNCHER
#define HAS_LAUNCHER false
#endif
#endif

static struct launcher launcher;

static void drop(struct agent *agent)
{
	struct launcher *l = agent->launcher;
	launcher_done *done = l->done;

	l->done = NULL;
	loop_close(&agent->loop, &l->socket);
	loop_close(&agent->loop, &l->process);
	munmap(l->block, sizeof(*l->block));
	l->block = NULL;
	if (done)
		done(l->data, -1, -1, NULL);
}

static void on_death(struct watch *watch, uint32_t events)
{
	struct launcher *l = container_of(watch, struct launcher, process);
	siginfo_t info;

	(void)events;
	if (!helper_reap(watch->fd, &info))
		return;
	l->deaths = clock_boot_us() - l->started_us < LONG_LIFE_US ? l->deaths + 1 : 0;
	drop(l->agent);
}

/* Receives the launcher's reply: one byte, and the pidfd if there is a process. False: there is no reply yet. */
static bool receive(struct launcher *l, struct launcher_answer *ret)
{
	int pidfd = -1;
	size_t count;
	char byte;

	/* 0 bytes are the end of the socket; on_death() handles the end. */
	if (!l->block || !l->done || pass_fds_receive(l->socket.fd, &byte, 1, &pidfd, 1, &count, MSG_DONTWAIT) <= 0)
		return false;
	*ret = (struct launcher_answer){ l->done, l->data, l->block->pid, pidfd, l->block->report };
	l->done = NULL;
	loop_unwatch(&l->agent->loop, &l->socket);
	return true;
}

static void hand_on(const struct launcher_answer *answer)
{
	answer->done(answer->data, answer->pid, answer->pidfd, &answer->report);
}

/* May start another program, and find an answer to that. */
static void hand_on_late(struct launcher *l)
{
	struct launcher_answer answer = l->late;

	loop_timer_clear(&l->agent->loop, &l->late_soon);
	l->late.done = NULL;
	if (answer.done)
		hand_on(&answer);
}

static void on_late_soon(struct timer *timer)
{
	hand_on_late(container_of(timer, struct launcher, late_soon));
}

void launcher_poll(struct agent *agent)
{
	struct launcher *l = agent->launcher;
	struct launcher_answer answer;

	hand_on_late(l);
	if (!receive(l, &answer))
		return;
	if (l->block->used > KEPT_TEXT_BYTES)
		madvise(l->block, sizeof(*l->block), MADV_REMOVE);
	hand_on(&answer);
}

static void on_answer(struct watch *watch, uint32_t events)
{
	struct launcher *l = container_of(watch, struct launcher, socket);

	launcher_poll(l->agent);
	/* A launcher that is gone sends nothing more, and EPOLLHUP stays set. */
	if (events & EPOLLHUP)
		loop_unwatch(&l->agent->loop, watch);
}

void launcher_listen(struct agent *agent)
{
	if (agent->launcher->done)
		loop_watch(&agent->loop, &agent->launcher->socket, EPOLLIN);
}

static _Noreturn void become_launcher(int socket_fd, struct launcher_block *block)
{
	sigset_t none;

	dup3(socket_fd, SOCKET_FD, O_CLOEXEC);
	syscall(SYS_close_range, SOCKET_FD + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	launcher_main(SOCKET_FD, block);
}

static int start(struct agent *agent, int socket_fd, int peer_fd)
{
	struct launcher *l = agent->launcher;
	pid_t pid = helper_make(&l->process.fd);

	if (pid < 0)
		return pid;
	if (pid == 0)
		become_launcher(peer_fd, l->block);
	l->started_us = clock_boot_us();
	l->socket = (struct watch){ .fd = socket_fd, .fn = on_answer };
	l->process.fn = on_death;
	return loop_watch(&agent->loop, &l->process, EPOLLIN);
}

void launcher_init(struct agent *agent)
{
	launcher.agent = agent;
	launcher.socket.fd = launcher.process.fd = -1;
	launcher.late_soon.fn = on_late_soon;
	agent->launcher = &launcher;
}

void launcher_ensure(struct agent *agent)
{
	struct launcher *l = agent->launcher;
	int fds[2];

	if (!HAS_LAUNCHER || l->block || l->deaths >= MOST_DEATHS)
		return;
	l->block = mmap(NULL, sizeof(*l->block), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->block == MAP_FAILED) {
		l->block = NULL;
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		munmap(l->block, sizeof(*l->block));
		l->block = NULL;
		return;
	}
	l->process.fd = -1;
	if (start(agent, fds[0], fds[1]) < 0) {
		l->deaths++;
		if (l->socket.fd < 0)
			close_fd(&fds[0]);
		drop(agent);
	}
	close_fd(&fds[1]);
}

/* Copies data into the block; NULL when the block is full, and for NULL. */
static void *put(struct launcher_block *block, const void *data, size_t size)
{
	size_t at = (block->used + sizeof(void *) - 1) & ~(sizeof(void *) - 1);

	if (!data || at > sizeof(block->text) || size > sizeof(block->text) - at)
		return NULL;
	memcpy(block->text + at, data, size);
	block->used = at + size;
	return block->text + at;
}

static const char *put_string(struct launcher_block *block, const char *text)
{
	return text ? put(block, text, strlen(text) + 1) : NULL;
}

/* Copies the list and its strings, with room for spare more entries; NULL when the block is full. */
static const char **put_list(struct launcher_block *block, const char *const *list, size_t count, size_t spare)
{
	size_t size = (count + spare + 1) * sizeof(*list);
	size_t at = (block->used + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	const char **copy;

	if (at > sizeof(block->text) || size > sizeof(block->text) - at)
		return NULL;
	copy = (const char **)(void *)(block->text + at);
	block->used = at + size;
	for (size_t i = 0; i < count; i++) {
		copy[i] = put_string(block, list[i]);
		if (!copy[i])
			return NULL;
	}
	copy[count] = NULL;
	return copy;
}

static bool put_plan(struct launcher_block *block, const struct spawn_plan *plan)
{
	size_t argc = 0;

	while (plan->argv[argc])
		argc++;
	block->used = 0;
	block->plan = *plan;
	block->plan.argv = put_list(block, plan->argv, argc, 0);
	block->plan.envp = put_list(block, plan->envp, plan->env_count, SPAWN_ENV_SPARE);
	block->plan.path = put_string(block, plan->path);
	block->plan.cwd = put_string(block, plan->cwd);
	block->plan.user = put_string(block, plan->user);
	return block->plan.argv && block->plan.envp && block->plan.path && !block->plan.cwd == !plan->cwd &&
	       !block->plan.user == !plan->user;
}

bool launcher_try(struct agent *agent, const struct spawn_plan *plan, launcher_done *done, void *data)
{
	struct launcher *l = agent->launcher;
	int fds[LAUNCHER_FDS] = { plan->stdio[0], plan->stdio[1], plan->stdio[2], plan->cgroup_fd };

	launcher_ensure(agent);
	/* Its done() is not for here: the caller's request lies in an arena that whatever done() decodes would reset. */
	if (!l->late.done && receive(l, &l->late))
		loop_timer_set(&agent->loop, &l->late_soon, 0);
	if (!l->block || l->done || !put_plan(l->block, plan))
		return false;
	if (pass_fds_send(l->socket.fd, "", 1, fds, plan->cgroup_fd >= 0 ? LAUNCHER_FDS : LAUNCHER_FDS - 1) < 0)
		return false;
	l->done = done;
	l->data = data;
	return true;
}
