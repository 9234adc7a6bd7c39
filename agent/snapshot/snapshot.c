/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the one instance of what the wing knows. Never: acts. */
#include "agent/snapshot/snapshot.h"

#include "agent/core/agent.h"

static struct snapshot snapshot;

void snapshot_init(struct agent *agent)
{
	snapshot.agent = agent;
	snapshot.workload.events.fd = snapshot.restore.uevents.fd = -1;
	snapshot.hooks.process.fd = snapshot.hooks.output.fd = snapshot.hooks.report_fd = snapshot.hooks.cgroup.fd = -1;
	snapshot.quiesce.answer.max = snapshot.quiesce.resume_answer.max = LIMIT_SNAPSHOT_ANSWER_BYTES;
	agent->snapshot = &snapshot;
}
