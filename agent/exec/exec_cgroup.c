/* SPDX-License-Identifier: Apache-2.0 */
/* Owns cgroups whose descendants outlive their exec. Never: ends a process. */
#include "agent/exec/exec_cgroup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/limits.h"
#include "agent/exec/exec.h"
#include "common/cleanup.h"

struct cgroup_watch {
	struct cgroup_watch *next;
	struct agent *agent;
	struct exec *exec;	/* NULL: the exec is freed, and this module owns the cgroup */
	struct cgroup cgroup;
	struct watch events;	/* watches cgroup.events */
};

static void release(struct cgroup_watch *w)
{
	struct cgroup_watch **at = &w->agent->execs->cgroup_watches;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (w->exec)
		w->exec->cgroup_watch = NULL;
	loop_close(&w->agent->loop, &w->events);
	close_fd(&w->cgroup.fd);
	free(w);
}

static void on_events(struct watch *watch, uint32_t events)
{
	struct cgroup_watch *w = container_of(watch, struct cgroup_watch, events);
	char text[64];
	/* EPOLLPRI stays until the file is read. */
	bool dead = pread(watch->fd, text, sizeof(text), 0) < 0;

	(void)events;
	if (cgroup_remove(w->exec ? &w->exec->cgroup : &w->cgroup, w->agent->work_fd) || dead)
		release(w);
}

void exec_cgroup_retire(struct exec *e)
{
	struct agent *agent = e->agent;
	struct cgroup_watch *w;
	int fd;

	if (cgroup_remove(&e->cgroup, agent->work_fd))
		return;
	fd = openat(e->cgroup.fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	w = calloc(1, sizeof(*w));
	if (!w) {
		close(fd);
		return;
	}
	w->agent = agent;
	w->exec = e;
	w->cgroup = (struct cgroup)CGROUP_INIT;
	w->events = (struct watch){ .fd = fd, .fn = on_events };
	w->next = agent->execs->cgroup_watches;
	agent->execs->cgroup_watches = e->cgroup_watch = w;
	loop_watch(&agent->loop, &w->events, EPOLLPRI);
	/* The last process may have left before the watch began. */
	on_events(&w->events, 0);
}

void exec_cgroup_leave(struct exec *e)
{
	struct cgroup_watch *w = e->cgroup_watch;
	size_t count = 0;

	for (const struct cgroup_watch *i = e->agent->execs->cgroup_watches; i; i = i->next)
		count += !i->exec;
	if (!w || count >= LIMIT_LONE_LEAVES) {
		if (w)
			release(w);
		close_fd(&e->cgroup.fd);
		return;
	}
	w->exec = NULL;
	w->cgroup = e->cgroup;
	e->cgroup = (struct cgroup)CGROUP_INIT;
}
