/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns cgroup.freeze of the cgroup `work`: one write freezes all processes below, including those forked meanwhile.
 *
 * Never: thaws a cgroup that another program froze before, unless a host forces it.
 */
#include "agent/snapshot/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/agent.h"
#include "agent/core/steps.h"
#include "agent/snapshot/quiesce.h"
#include "common/cleanup.h"
#include "common/io.h"

static bool is_frozen(struct agent *agent)
{
	char text[128];
	/* The poll event stays until the file is read. */
	ssize_t n = pread(agent->snapshot->workload.events.fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return false;
	text[n] = '\0';
	return strstr(text, "frozen 1") != NULL;
}

static void end_wait(struct agent *agent, int r)
{
	workload_stop_waiting(agent);
	agent->snapshot->workload.done(agent, r);
}

static void on_events(struct watch *watch, uint32_t events)
{
	struct workload *w = container_of(watch, struct workload, events);
	struct agent *agent = container_of(w, struct snapshot, workload)->agent;

	(void)events;
	if (!is_frozen(agent))
		return;
	w->frozen = true;
	end_wait(agent, 0);
}

static void on_late(struct timer *timer)
{
	struct workload *w = container_of(timer, struct workload, late);

	end_wait(container_of(w, struct snapshot, workload)->agent, -ETIMEDOUT);
}

void workload_stop_waiting(struct agent *agent)
{
	loop_timer_clear(&agent->loop, &agent->snapshot->workload.late);
	loop_close(&agent->loop, &agent->snapshot->workload.events);
}

static bool is_marked(struct agent *agent)
{
	char text[8];

	return io_read_text(agent->work_fd, "cgroup.freeze", text, sizeof(text)) > 0 && text[0] == '1';
}

void workload_adopt(struct agent *agent)
{
	if (agent->work_fd >= 0)
		agent->snapshot->workload.held = agent->snapshot->workload.frozen = is_marked(agent);
}

int workload_freeze(struct agent *agent, int64_t within_us)
{
	struct workload *w = &agent->snapshot->workload;
	int r;

	if (agent->work_fd < 0)
		return -EOPNOTSUPP;
	if (is_marked(agent) && !w->held)
		return STEP_DONE;
	w->events.fd = openat(agent->work_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (w->events.fd < 0)
		return -errno;
	w->events.fn = on_events;
	w->late.fn = on_late;
	w->held = true;
	r = io_write_text(agent->work_fd, "cgroup.freeze", "1");
	if (r == 0 && !is_frozen(agent)) {
		r = loop_watch(&agent->loop, &w->events, EPOLLPRI);
		loop_timer_set(&agent->loop, &w->late, within_us);
		/* The cgroup may be frozen before its file was watched, and poll(2) reports only changes after a read. */
		if (r == 0 && !is_frozen(agent))
			return STEP_LATER;
	}
	w->frozen = r == 0;
	workload_stop_waiting(agent);
	return r;
}

bool workload_claim(struct agent *agent)
{
	if (agent->work_fd < 0 || !is_marked(agent))
		return false;
	agent->snapshot->workload.held = true;
	return true;
}

int workload_thaw(struct agent *agent)
{
	struct workload *w = &agent->snapshot->workload;
	int r;

	if (!w->held)
		return 0;
	r = io_write_text(agent->work_fd, "cgroup.freeze", "0");
	/* A removed cgroup has no process to thaw. */
	if (r < 0 && r != -ENOENT && r != -ENODEV)
		return r;
	w->held = false;
	w->frozen = false;
	return 0;
}
