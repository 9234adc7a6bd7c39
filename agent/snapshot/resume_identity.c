/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the step of resume that touches files: a job, so that a disk that hangs costs the step and not the agent. The
 * job reports each part when the part ends.
 *
 * Never: starts a job without a part to do: a resume that only seeds and thaws forks nothing.
 */
#include "agent/snapshot/resume.h"
#include "agent/snapshot/resume_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/core/agent.h"
#include "agent/core/job.h"
#include "agent/core/limits.h"
#include "agent/core/steps.h"
#include "agent/network/identity.h"
#include "agent/protocol/change_report.h"
#include "agent/snapshot/quiesce.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"

enum part { PART_HOSTNAME, PART_NETWORK, PART_MACHINE_ID, PART_BOOT_ID, PART_COUNT };

/* Precedes the change report of the network, which is the rest of the job's output. */
#define PART_REPORT (-1)

static const char *const part_names[] = {
	[PART_HOSTNAME] = "hostname", [PART_NETWORK] = "network", [PART_MACHINE_ID] = "machine_id", [PART_BOOT_ID] = "boot_id",
};

struct part_result {
	int32_t part;
	int32_t error_number;
	uint32_t us;
};

static bool is_wanted(const struct request_resume *request, enum part part)
{
	switch (part) {
	case PART_HOSTNAME:
		return request->f_hostname != NULL;
	case PART_NETWORK:
		return request->f_network || request->f_hosts.key || request->f_dns;
	case PART_MACHINE_ID:
		return request->f_machine_id != NULL;
	case PART_BOOT_ID:
		return request->f_boot_id != NULL;
	case PART_COUNT:
		break;
	}
	return false;
}

static int set_machine_id(const char *id)
{
	char made[IDENTITY_MACHINE_ID_SIZE];
	bool changed;
	int r = strcmp(id, "new") == 0 ? identity_new_machine_id(made) : 1;

	return r < 0 ? r : identity_set_machine_id(r == 0 ? made : id, &changed);
}

static int set_boot_id(const char *id)
{
	char made[IDENTITY_UUID_SIZE];
	bool changed;
	int r = strcmp(id, "new") == 0 ? identity_new_boot_id(made) : 1;

	return r < 0 ? r : identity_set_boot_id(r == 0 ? made : id, &changed);
}

/* Used by the job's process only. */
static struct change_report report;

static int set_network(const struct request_resume *request)
{
	static struct resume_network network;
	struct reply unused = { 0 };

	change_report_init(&report);
	if (!resume_plan_network(request, &network, &unused))
		return -EINVAL;
	network_apply(&network.plan, &report);
	return report.failed ? -EIO : 0;
}

static int apply(const struct request_resume *request, enum part part)
{
	bool changed;

	switch (part) {
	case PART_HOSTNAME:
		return identity_set_hostname(request->f_hostname, &changed);
	case PART_NETWORK:
		return set_network(request);
	case PART_MACHINE_ID:
		return set_machine_id(request->f_machine_id);
	case PART_BOOT_ID:
		return set_boot_id(request->f_boot_id);
	case PART_COUNT:
		break;
	}
	return -EINVAL;
}

/* The job's function. */
static int run(void *arg, int out_fd)
{
	const struct request *request = arg;

	for (int part = 0; part < PART_COUNT; part++) {
		struct part_result result = { .part = part };
		int64_t began = clock_boot_us();

		if (!is_wanted(&request->as.resume, (enum part)part))
			continue;
		result.error_number = -apply(&request->as.resume, (enum part)part);
		result.us = (uint32_t)(clock_boot_us() - began);
		io_write(out_fd, &result, sizeof(result));
	}
	if (!is_wanted(&request->as.resume, PART_NETWORK))
		return 0;
	io_write(out_fd, &(struct part_result){ .part = PART_REPORT }, sizeof(struct part_result));
	return change_report_send(&report, out_fd);
}

static void keep_report(struct agent *agent, const uint8_t *text, size_t len)
{
	struct buf *kept = &agent->snapshot->quiesce.resume.network_report;

	*kept = (struct buf)BUF_INIT(LIMIT_JOB_OUT_BYTES);
	buf_append(kept, text, len);
}

static void done(const struct job_result *result, void *data)
{
	struct agent *agent = data;
	struct steps *s = &agent->snapshot->quiesce.steps;
	struct part_result part;

	for (size_t at = 0; at + sizeof(part) <= result->out_len; at += sizeof(part)) {
		memcpy(&part, result->out + at, sizeof(part));
		if (part.part == PART_REPORT) {
			keep_report(agent, result->out + at + sizeof(part), result->out_len - at - sizeof(part));
			break;
		}
		if (part.part < 0 || part.part >= PART_COUNT)
			continue;
		steps_note(s, part_names[part.part], -part.error_number, part.us);
		if (part.part == PART_BOOT_ID && part.error_number == 0)
			io_read_text(AT_FDCWD, "/proc/sys/kernel/random/boot_id", agent->boot_id, sizeof(agent->boot_id));
	}
	steps_ended(s, result->outcome == JOB_DONE ? STEP_SKIPPED : -result->error_number);
}

bool resume_is_identity(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(part_names); i++)
		if (strcmp(part_names[i], name) == 0)
			return true;
	return false;
}

int resume_step_identity(void *data)
{
	static struct request request;
	struct agent *agent = data;
	const struct job_spec job = { .name = "pith-identity", .run = run, .arg = &request, .timeout_ms = LIMIT_IDENTITY_MS,
				      .done = done, .data = agent };
	bool wanted = false;
	int r;

	if (!resume_plan_decode(agent, &request))
		return -ENOMEM;
	for (int part = 0; part < PART_COUNT; part++)
		wanted = wanted || is_wanted(&request.as.resume, (enum part)part);
	if (!wanted)
		return STEP_SKIPPED;
	r = job_start(agent, &job);
	return r < 0 ? r : STEP_LATER;
}
