/* SPDX-License-Identifier: Apache-2.0 */
/* Owns leaves in which descendants outlive their exec. Never: ends a process. */
#include "agent/exec/exec_cgroup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "common/cleanup.h"

struct leaf_watch {
	struct leaf_watch *next;
	struct agent *agent;
	struct exec *exec;	/* NULL: it is gone, and the leaf is ours */
	struct leaf leaf;
	struct watch events;	/* cgroup.events */
};

static void release(struct leaf_watch *w)
{
	struct leaf_watch **at = &w->agent->execs->leaf_watches;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (w->exec)
		w->exec->leaf_watch = NULL;
	loop_close(&w->agent->loop, &w->events);
	close_fd(&w->leaf.fd);
	free(w);
}

static void on_events(struct watch *watch, uint32_t events)
{
	struct leaf_watch *w = container_of(watch, struct leaf_watch, events);
	char text[64];
	/* The event stands until the file was read. */
	bool dead = pread(watch->fd, text, sizeof(text), 0) < 0;

	(void)events;
	if (leaf_remove(w->exec ? &w->exec->leaf : &w->leaf, w->agent->work_fd) || dead)
		release(w);
}

void exec_leaf_retire(struct exec *e)
{
	struct agent *agent = e->agent;
	struct leaf_watch *w;
	int fd;

	if (leaf_remove(&e->leaf, agent->work_fd))
		return;
	fd = openat(e->leaf.fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	w = calloc(1, sizeof(*w));
	if (!w) {
		close(fd);
		return;
	}
	w->agent = agent;
	w->exec = e;
	w->leaf = (struct leaf)LEAF_INIT;
	w->events = (struct watch){ .fd = fd, .fn = on_events };
	w->next = agent->execs->leaf_watches;
	agent->execs->leaf_watches = e->leaf_watch = w;
	loop_watch(&agent->loop, &w->events, EPOLLPRI);
	/* The last one may have left before we watched. */
	on_events(&w->events, 0);
}

void exec_leaf_leave(struct exec *e)
{
	struct leaf_watch *w = e->leaf_watch;
	size_t count = 0;

	for (const struct leaf_watch *i = e->agent->execs->leaf_watches; i; i = i->next)
		count += !i->exec;
	if (!w || count >= LIMIT_LONE_LEAVES) {
		if (w)
			release(w);
		close_fd(&e->leaf.fd);
		return;
	}
	w->exec = NULL;
	w->leaf = e->leaf;
	e->leaf = (struct leaf)LEAF_INIT;
}
