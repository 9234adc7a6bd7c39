/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the requests about the guest as a whole: ping, info, poweroff, reboot, halt. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fcntl.h>

#include "agent/config/entrypoint.h"
#include "agent/core/agent.h"
#include "agent/protocol/jsonw.h"
#include "agent/server/boot_timeline.h"
#include "agent/server/crash.h"
#include "agent/server/dispatch.h"
#include "agent/server/server.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/lifeline.h"
#include "common/procfs.h"
#include "common/version.h"

#define MEMINFO_SIZE 1024u	/* the lines that are read are the first three */

enum handled handle_ping(struct conn *c, const struct request_ping *request, struct reply *reply)
{
	(void)request;
	reply_write_ping(reply, c->agent->generation);
	return HANDLED_NOW;
}

/* The number of the line "MemTotal:   123 kB" in bytes; 0 without such a line. */
static uint64_t meminfo_bytes(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? strtoull(line + strlen(key), NULL, 10) * 1024 : 0;
}

static void write_memory(struct buf *b)
{
	char text[MEMINFO_SIZE];

	if (procfs_read_text("/proc/meminfo", text, sizeof(text)) <= 0)
		return;
	jsonw_object(b, "memory");
	jsonw_count(b, "total_bytes", meminfo_bytes(text, "MemTotal:"));
	jsonw_count(b, "available_bytes", meminfo_bytes(text, "MemAvailable:"));
	jsonw_object_end(b);
}

static void write_kernel(struct buf *b)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	jsonw_string(b, "hostname", name.nodename);
	jsonw_object(b, "kernel");
	jsonw_string(b, "release", name.release);
	jsonw_string(b, "version", name.version);
	jsonw_string(b, "machine", name.machine);
	jsonw_object_end(b);
}

/* smaps_rollup counts the pages; the counters of statm are kept per CPU and may be hundreds of pages behind. */
static uint64_t own_memory_bytes(void)
{
	char text[MEMINFO_SIZE];

	if (procfs_read_text("/proc/self/smaps_rollup", text, sizeof(text)) <= 0)
		return 0;
	return meminfo_bytes(text, "Rss:");
}

/* The agent's protection from the OOM killer, as the kernel reports it, not as it was set. */
static void write_protection(const struct agent *agent, struct buf *b)
{
	struct rlimit nofile = { 0 };
	char text[32];

	jsonw_object(b, "protection");
	if (procfs_read_text("/proc/self/oom_score_adj", text, sizeof(text)) > 0)
		jsonw_integer(b, "oom_score_adj", strtol(text, NULL, 10));
	if (agent->work_fd >= 0 && io_read_text(agent->work_fd, "../pith/memory.min", text, sizeof(text)) > 0)
		jsonw_count(b, "memory_min_bytes", strtoull(text, NULL, 10));
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0)
		jsonw_count(b, "nofile", nofile.rlim_cur);
	jsonw_object_end(b);
}

static void write_agent(const struct agent *agent, struct buf *b)
{
	const struct counters *counters = &agent->counters;

	jsonw_object(b, "agent");
	jsonw_count(b, "pid", (uint64_t)getpid());
	jsonw_count(b, "starts", agent->starts);
	crash_write(agent, CRASH_WITH_LOG, b);
	crash_write_upgrade(agent, b);
	jsonw_count(b, "memory_bytes", own_memory_bytes());
	write_protection(agent, b);
	jsonw_count(b, "connections", agent->server->connections);
	jsonw_count(b, "connections_total", counters->connections_total);
	jsonw_count(b, "refused", counters->refused);
	jsonw_count(b, "evicted", counters->evicted);
	jsonw_count(b, "requests", counters->requests);
	jsonw_count(b, "protocol_errors", counters->protocol_errors);
	jsonw_count(b, "late_frames", counters->late_frames);
	jsonw_count(b, "execs_running", agent->execs_running);
	jsonw_count(b, "execs_total", counters->execs_total);
	jsonw_count(b, "workers_running", agent->workers_running);
	jsonw_count(b, "workers_total", counters->workers_total);
	jsonw_count(b, "workers_died", counters->workers_died);
	jsonw_count(b, "jobs_running", agent->jobs_running);
	jsonw_count(b, "jobs_total", counters->jobs_total);
	jsonw_count(b, "jobs_lost", agent->jobs_lost);
	jsonw_count(b, "jobs_lost_total", counters->jobs_lost_total);
	jsonw_object_end(b);
}

enum handled handle_info(struct conn *c, const struct request_info *request, struct reply *reply)
{
	const struct agent *agent = c->agent;
	struct buf *b = reply->result;

	(void)request;
	jsonw_string(b, "pith", PITH_VERSION);
	jsonw_string(b, "boot_id", agent->boot_id);
	jsonw_string(b, "generation", agent->generation);
	write_kernel(b);
	jsonw_count(b, "uptime_us", (uint64_t)clock_boot_us());
	jsonw_count(b, "cpus", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	write_memory(b);
	write_agent(agent, b);
	if (agent->root_failed)
		jsonw_string(b, "root_failed", agent->root_failed);
	dial_host_write(agent, b);
	boot_timeline_write(agent, b);
	return HANDLED_NOW;
}

/* The reply goes out before the guest stops: PID 1 sends SIGTERM, and the agent writes queued frames before it exits. */
static enum handled ask_init(struct agent *agent, enum lifeline_type what, uint64_t grace_ms, struct reply *reply)
{
	const struct lifeline_power power = { .grace_ms = (uint32_t)grace_ms };
	int r;

	entrypoint_stop(agent);
	r = fdstore_tell(agent, what, &power, sizeof(power));

	if (r == -ENOTCONN)
		reply_fail(reply, ERROR_UNSUPPORTED, "this agent was not started by pith-init");
	else if (r < 0)
		reply_fail_errno(reply, -r, "pith-init cannot be told");
	return HANDLED_NOW;
}

enum handled handle_poweroff(struct conn *c, const struct request_poweroff *request, struct reply *reply)
{
	return ask_init(c->agent, LIFELINE_POWEROFF, request->f_grace_ms, reply);
}

enum handled handle_reboot(struct conn *c, const struct request_reboot *request, struct reply *reply)
{
	return ask_init(c->agent, LIFELINE_REBOOT, request->f_grace_ms, reply);
}

enum handled handle_halt(struct conn *c, const struct request_halt *request, struct reply *reply)
{
	return ask_init(c->agent, LIFELINE_HALT, request->f_grace_ms, reply);
}
