/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the tables of getrlimit(2) and capabilities(7) names. Never: sets a limit or a capability. */
#include "agent/spawn/spawn_names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU }, { "data", RLIMIT_DATA }, { "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS }, { "memlock", RLIMIT_MEMLOCK }, { "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS }, { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME }, { "sigpending", RLIMIT_SIGPENDING }, { "stack", RLIMIT_STACK },
};

/* Indexed by the number in <linux/capability.h>. */
static const char *const capabilities[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
	"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module",
	"sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

/* Parses a limit up to a colon or the end; *end points to the first byte after the limit. */
static bool parse_value(const char *text, rlim_t *ret, const char **end)
{
	char *stop;

	if (strncmp(text, "unlimited", 9) == 0) {
		*ret = RLIM_INFINITY;
		*end = text + 9;
		return true;
	}
	if (*text < '0' || *text > '9' || strlen(text) > 40)
		return false;
	*ret = strtoull(text, &stop, 10);
	*end = stop;
	/* strtoull(3) returns this value for a number that is too large. */
	return *ret != RLIM_INFINITY;
}

bool spawn_parse_rlimit(const char *name, const char *value, struct spawn_rlimit *ret)
{
	struct rlimit limit;
	const char *end;

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		if (strcmp(resources[i].name, name) != 0)
			continue;
		if (!parse_value(value, &limit.rlim_cur, &end))
			return false;
		limit.rlim_max = limit.rlim_cur;
		if (*end == ':' && !parse_value(end + 1, &limit.rlim_max, &end))
			return false;
		if (*end || limit.rlim_cur > limit.rlim_max)
			return false;
		ret->resource = resources[i].resource;
		ret->limit = limit;
		return true;
	}
	return false;
}

int spawn_parse_capability(const char *name)
{
	if (strncasecmp(name, "cap_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++)
		if (strcasecmp(capabilities[i], name) == 0)
			return (int)i;
	return -1;
}
