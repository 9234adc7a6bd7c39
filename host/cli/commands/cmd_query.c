/* SPDX-License-Identifier: Apache-2.0 */
/* Owns ping, info, poweroff, reboot and halt: requests on one connection, and their output. */
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/cli/parse_units.h"
#include "host/include/pith_guest.h"

static int compare_times(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static int print_ping(const struct settings *settings, const struct pith_pong *last, uint64_t *times)
{
	char min[PARSE_UNITS_TEXT_MAX], median[PARSE_UNITS_TEXT_MAX], max[PARSE_UNITS_TEXT_MAX];
	size_t n = (size_t)settings->count;

	qsort(times, n, sizeof(*times), compare_times);
	if (settings->json)
		printf("{\"pings\":%zu,\"min_us\":%llu,\"median_us\":%llu,\"max_us\":%llu,\"realtime_us\":%llu,"
		       "\"boottime_us\":%llu}\n",
		       n, (unsigned long long)times[0], (unsigned long long)times[n / 2],
		       (unsigned long long)times[n - 1], (unsigned long long)last->realtime_us,
		       (unsigned long long)last->boottime_us);
	else if (n == 1)
		printf("pong: %s\n", parse_units_format_us(times[0], min));
	else
		printf("%zu pongs: min %s, median %s, max %s\n", n, parse_units_format_us(times[0], min),
		       parse_units_format_us(times[n / 2], median), parse_units_format_us(times[n - 1], max));
	return cmd_finish_output();
}

int cmd_ping(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	_cleanup_free_ uint64_t *times = calloc((size_t)settings->count, sizeof(*times));
	struct pith_conn *conn;
	struct pith_pong pong = { .round_trip_us = 0 };
	struct pith_error err;
	enum pith_code code;

	if (!times) {
		cmd_say("there is no memory left");
		return STATUS_FAILED;
	}
	code = cmd_connect(settings, &conn, &err);
	if (code != PITH_OK)
		return cmd_fail(&err);
	for (uint64_t i = 0; code == PITH_OK && i < settings->count; i++) {
		code = pith_ping(conn, cmd_timeout(settings), &pong, &err);
		times[i] = pong.round_trip_us;
	}
	pith_close(conn);
	return code == PITH_OK ? print_ping(settings, &pong, times) : cmd_fail(&err);
}

static void print_timeline(const struct pith_info *info)
{
	char at[PARSE_UNITS_TEXT_MAX], step[PARSE_UNITS_TEXT_MAX];

	if (info->boot_step_count == 0)
		return;
	printf("\nboot, since the kernel started:\n");
	for (size_t i = 0; i < info->boot_step_count; i++) {
		const struct pith_boot_step *boot = &info->boot[i];
		uint64_t before = i > 0 ? info->boot[i - 1].at_us : 0;

		/* Times of an untrusted guest may run backwards. */
		printf("  %-16s %12s", boot->name, parse_units_format_us(boot->at_us, at));
		if (i > 0 && boot->at_us >= before)
			printf("   +%s", parse_units_format_us(boot->at_us - before, step));
		putchar('\n');
	}
}

static void print_info(const struct pith_info *info)
{
	char a[PARSE_UNITS_TEXT_MAX], b[PARSE_UNITS_TEXT_MAX];

	printf("pith        %s\n", info->version);
	printf("hostname    %s\n", info->hostname);
	printf("kernel      %s %s, %s\n", info->kernel_release, info->machine, info->kernel_version);
	printf("uptime      %s\n", parse_units_format_us(info->uptime_us, a));
	printf("cpus        %llu\n", (unsigned long long)info->cpus);
	printf("memory      %s available of %s\n", parse_units_format_size(info->memory_available_bytes, a),
	       parse_units_format_size(info->memory_total_bytes, b));
	printf("agent       start %llu of this boot, %s, %llu connection(s), %llu request(s)\n",
	       (unsigned long long)info->agent_starts, parse_units_format_size(info->agent_memory_bytes, a),
	       (unsigned long long)info->agent_connections, (unsigned long long)info->agent_requests);
	printf("execs       %llu running, %llu in all\n", (unsigned long long)info->execs_running,
	       (unsigned long long)info->execs_total);
	printf("boot id     %s\n", info->boot_id);
	printf("generation  %s\n", info->generation);
	if (info->root_failed[0])
		printf("root        FAILED: %s\n", info->root_failed);
	print_timeline(info);
}

int cmd_info(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_conn *conn;
	struct pith_info info;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_info(conn, cmd_timeout(settings), &info, &err);
	if (code == PITH_OK && settings->json)
		cmd_print_json(pith_result_json(conn));
	else if (code == PITH_OK)
		print_info(&info);
	pith_close(conn);
	return code == PITH_OK ? cmd_finish_output() : cmd_fail(&err);
}

static int go_down(const struct settings *settings, enum pith_power what)
{
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_power(conn, what, settings->grace_ms, cmd_timeout(settings), &err);
	pith_close(conn);
	return code == PITH_OK ? 0 : cmd_fail(&err);
}

int cmd_poweroff(const struct invocation *invocation)
{
	return go_down(&invocation->settings, PITH_POWER_OFF);
}

int cmd_reboot(const struct invocation *invocation)
{
	return go_down(&invocation->settings, PITH_POWER_REBOOT);
}

int cmd_halt(const struct invocation *invocation)
{
	return go_down(&invocation->settings, PITH_POWER_HALT);
}
