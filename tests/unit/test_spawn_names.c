/* SPDX-License-Identifier: Apache-2.0 */
/* links: agent/spawn/spawn_names.c */
/* Claims about the names of resource limits and capabilities. */
#include "agent/spawn/spawn_names.h"

#include <linux/capability.h>

#include "common/cleanup.h"
#include "tests/harness/tap.h"

static bool parses_as(const char *value, rlim_t soft, rlim_t hard)
{
	struct spawn_rlimit limit = { 0 };

	return spawn_parse_rlimit("nofile", value, &limit) && limit.resource == RLIMIT_NOFILE && limit.limit.rlim_cur == soft &&
	       limit.limit.rlim_max == hard;
}

TEST(one_value_is_both_limits_and_two_are_soft_and_hard)
{
	CHECK(parses_as("0", 0, 0));
	CHECK(parses_as("1024", 1024, 1024));
	CHECK(parses_as("1024:4096", 1024, 4096));
	CHECK(parses_as("5:5", 5, 5));
	CHECK(parses_as("0007", 7, 7));
	CHECK(parses_as("unlimited", RLIM_INFINITY, RLIM_INFINITY));
	CHECK(parses_as("8:unlimited", 8, RLIM_INFINITY));
	CHECK(parses_as("unlimited:unlimited", RLIM_INFINITY, RLIM_INFINITY));
	CHECK(parses_as("18446744073709551614", RLIM_INFINITY - 1, RLIM_INFINITY - 1));
}

TEST(what_is_no_limit_is_refused_and_writes_nothing)
{
	static const char *const bad[] = {
		"", ":", "1:", ":1", "1:2:3", "-1", "+1", " 1", "1 ", "1k", "0x10", "one", "unlimitedx", "unlimited:1", "2:1",
		"1:-1", "Unlimited", "infinity", "1:unlimitedx", "18446744073709551615", "18446744073709551616",
		"99999999999999999999999999999999999999999999999999999999999", "1,2", "1024:4096 ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct spawn_rlimit limit = { .resource = 77, .limit = { 77, 77 } };

		if (!CHECK(!spawn_parse_rlimit("nofile", bad[i], &limit)))
			tap_diag("value \"%s\"", bad[i]);
		CHECK(limit.resource == 77 && limit.limit.rlim_cur == 77 && limit.limit.rlim_max == 77);
	}
}

TEST(every_limit_of_the_kernel_has_its_name)
{
	static const char *const names[] = {
		[RLIMIT_CPU] = "cpu", [RLIMIT_FSIZE] = "fsize", [RLIMIT_DATA] = "data", [RLIMIT_STACK] = "stack",
		[RLIMIT_CORE] = "core", [RLIMIT_RSS] = "rss", [RLIMIT_NPROC] = "nproc", [RLIMIT_NOFILE] = "nofile",
		[RLIMIT_MEMLOCK] = "memlock", [RLIMIT_AS] = "as", [RLIMIT_LOCKS] = "locks", [RLIMIT_SIGPENDING] = "sigpending",
		[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice", [RLIMIT_RTPRIO] = "rtprio", [RLIMIT_RTTIME] = "rttime",
	};

	CHECK_INT(ARRAY_SIZE(names), ==, SPAWN_RLIMITS - 1);
	for (int i = 0; i < (int)ARRAY_SIZE(names); i++) {
		struct spawn_rlimit limit = { .resource = -1 };

		REQUIRE(names[i] != NULL);
		if (!CHECK(spawn_parse_rlimit(names[i], "1", &limit) && limit.resource == i))
			tap_diag("limit %s", names[i]);
	}
}

TEST(names_of_limits_are_whole_and_in_lower_case)
{
	static const char *const bad[] = { "", "NOFILE", "nofil", "nofiles", "RLIMIT_NOFILE", "rlimit_nofile", " nofile" };
	struct spawn_rlimit limit;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!CHECK(!spawn_parse_rlimit(bad[i], "1", &limit)))
			tap_diag("name \"%s\"", bad[i]);
}

TEST(capabilities_go_by_name_with_and_without_prefix_in_any_case)
{
	CHECK_INT(spawn_parse_capability("chown"), ==, CAP_CHOWN);
	CHECK_INT(spawn_parse_capability("net_bind_service"), ==, CAP_NET_BIND_SERVICE);
	CHECK_INT(spawn_parse_capability("CAP_NET_ADMIN"), ==, CAP_NET_ADMIN);
	CHECK_INT(spawn_parse_capability("cap_sys_admin"), ==, CAP_SYS_ADMIN);
	CHECK_INT(spawn_parse_capability("Cap_Setfcap"), ==, CAP_SETFCAP);
	CHECK_INT(spawn_parse_capability("audit_read"), ==, CAP_AUDIT_READ);
	CHECK_INT(spawn_parse_capability("perfmon"), ==, CAP_PERFMON);
	CHECK_INT(spawn_parse_capability("checkpoint_restore"), ==, CAP_CHECKPOINT_RESTORE);
	CHECK_INT(CAP_LAST_CAP, >=, CAP_CHECKPOINT_RESTORE);
}

TEST(what_is_no_capability_is_refused)
{
	static const char *const bad[] = { "", "cap_", "all", "net", "net_admin ", "cap_cap_chown", "cap-chown", "12", "chownx" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!CHECK(spawn_parse_capability(bad[i]) == -1))
			tap_diag("name \"%s\"", bad[i]);
}
