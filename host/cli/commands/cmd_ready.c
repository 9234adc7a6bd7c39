/* SPDX-License-Identifier: Apache-2.0 */
/* Owns wait-ready and boot-time: the wait for a guest's notice, and the boot timeline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cmd.h"
#include "host/cli/parse_units.h"
#include "host/include/pith_notices.h"

#define BAR_COLUMNS 40u
#define WAIT_READY_MS 60000	/* enough for the boot of an emulated guest on a loaded machine */

static const char *choose_listen(const struct settings *settings)
{
	const char *address = settings->listen;

	if (!address)
		address = settings->vm;
	if (!address)
		address = getenv("PITH_VM");
	return address && address[0] ? address : NULL;
}

static bool is_wanted(const struct settings *settings, const struct pith_notice *notice)
{
	return strcmp(notice->event, settings->event ? settings->event : "ready") == 0;
}

static void print_notice(const struct settings *settings, const struct pith_notice *notice)
{
	char at[PARSE_UNITS_TEXT_MAX];

	if (settings->json) {
		cmd_print_json(notice->json);
		return;
	}
	printf("%s: pith %s, generation %s", notice->event, notice->version, notice->generation);
	if (notice->boot_step_count)
		printf(", %s after the kernel started", parse_units_format_us(notice->boot[notice->boot_step_count - 1].at_us, at));
	if (notice->starts > 1)
		printf(", start %llu of the agent", (unsigned long long)notice->starts);
	putchar('\n');
}

int cmd_wait_ready(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	const char *address = choose_listen(settings);
	struct pith_listener *listener;
	struct pith_notice notice = { .event = "" };
	struct pith_error err;
	enum pith_code code;

	if (!address) {
		cmd_say("wait-ready: no address; give --listen ADDR, for instance hybrid:/path/vsock.sock:1001");
		return STATUS_FAILED;
	}
	code = pith_listen(address, &listener, &err);
	if (code != PITH_OK)
		return cmd_fail(&err);
	/* Other events are acknowledged and dropped, so that the guest does not send them again. */
	do
		code = pith_take_notice(listener, settings->timeout_ms ? settings->timeout_ms : WAIT_READY_MS, &notice, &err);
	while (code == PITH_OK && !is_wanted(settings, &notice));
	if (code == PITH_OK)
		print_notice(settings, &notice);
	pith_listener_close(listener);
	if (code == PITH_DEADLINE) {
		cmd_fail(&err);
		return STATUS_TIMED_OUT;
	}
	return code == PITH_OK ? cmd_finish_output() : cmd_fail(&err);
}

/* Prints one line: name, duration, and a bar from from_us to to_us on a scale from 0 to total_us. */
static void print_bar(const char *name, uint64_t from_us, uint64_t to_us, uint64_t total_us)
{
	char took[PARSE_UNITS_TEXT_MAX];
	char bar[BAR_COLUMNS + 1];
	size_t from = (size_t)(from_us * BAR_COLUMNS / total_us), to = (size_t)(to_us * BAR_COLUMNS / total_us);

	/* A step that is shorter than one column gets one column. */
	if (from == BAR_COLUMNS)
		from--;
	if (to <= from)
		to = from + 1;
	memset(bar, ' ', BAR_COLUMNS);
	memset(bar + from, '#', to - from);
	bar[BAR_COLUMNS] = '\0';
	printf("%-16s %12s  |%s|\n", name, parse_units_format_us(to_us - from_us, took), bar);
}

static void print_boot(const struct pith_info *info)
{
	uint64_t total_us = 0, before = 0;
	char text[PARSE_UNITS_TEXT_MAX];

	for (size_t i = 0; i < info->boot_step_count; i++)
		if (info->boot[i].at_us > total_us)
			total_us = info->boot[i].at_us;
	if (total_us == 0 || total_us > UINT64_MAX / BAR_COLUMNS) {
		puts("the guest reports no boot timeline");
		return;
	}
	for (size_t i = 0; i < info->boot_step_count; i++) {
		const struct pith_boot_step *step = &info->boot[i];

		/* Times of an untrusted guest may run backwards. */
		if (step->at_us < before)
			continue;
		/* PID 1's first step is its first instruction: the time before belongs to the kernel. */
		print_bar(i == 0 ? "kernel" : step->name, before, step->at_us, total_us);
		before = step->at_us;
	}
	printf("%-16s %12s\n", "in all", parse_units_format_us(total_us, text));
}

static void print_boot_json(const struct pith_info *info)
{
	fputs("{\"boot\":[", stdout);
	for (size_t i = 0; i < info->boot_step_count; i++) {
		printf("%s{\"step\":\"", i ? "," : "");
		for (const char *p = info->boot[i].name; *p; p++)
			printf(*p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
		printf("\",\"at_us\":%llu}", (unsigned long long)info->boot[i].at_us);
	}
	puts("]}");
}

int cmd_boot_time(const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_conn *conn;
	struct pith_info info;
	struct pith_error err;
	enum pith_code code = cmd_connect(settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_info(conn, cmd_timeout(settings), &info, &err);
	pith_close(conn);
	if (code != PITH_OK)
		return cmd_fail(&err);
	if (settings->json)
		print_boot_json(&info);
	else
		print_boot(&info);
	return cmd_finish_output();
}
