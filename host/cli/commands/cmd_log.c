/* SPDX-License-Identifier: Apache-2.0 */
/* Owns dmesg and agent-log: a line for each record. */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "host/cli/cmd.h"
#include "host/include/pith_guest.h"

static const char *const level_names[] = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };

/* Returns the number of a level's name or digit, or -1. */
static int level_of(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++)
		if (strcmp(text, level_names[i]) == 0 || (text[0] == (char)('0' + i) && text[1] == '\0'))
			return (int)i;
	return -1;
}

static int on_record(void *user, const struct pith_log_record *record)
{
	const struct settings *settings = user;

	if (settings->json)
		cmd_print_json(record->json);
	else if (record->overflow)
		printf("(records were dropped here)\n");
	else
		printf("[%5llu.%06llu] %s\n", (unsigned long long)(record->at_us / 1000000),
		       (unsigned long long)(record->at_us % 1000000), record->text);
	return ferror(stdout) || (settings->follow && fflush(stdout) != 0) ? 1 : 0;
}

int cmd_dmesg(const struct invocation *invocation)
{
	struct settings settings = invocation->settings;
	int level = settings.level ? level_of(settings.level) : PITH_LOG_LEVEL_MAX;
	struct pith_log_options options = { .follow = settings.follow, .timeout_ms = cmd_timeout(&settings) };
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code;

	if (level < 0) {
		cmd_say("--level is 0 to 7, or emerg, alert, crit, err, warn, notice, info, debug; not %s", settings.level);
		return STATUS_FAILED;
	}
	options.level = (unsigned int)level;
	code = cmd_connect(&settings, &conn, &err);
	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_kernel_log(conn, &options, on_record, &settings, &err);
	pith_close(conn);
	return code == PITH_OK ? cmd_finish_output() : cmd_fail(&err);
}

int cmd_agent_log(const struct invocation *invocation)
{
	struct settings settings = invocation->settings;
	struct pith_conn *conn;
	struct pith_error err;
	enum pith_code code = cmd_connect(&settings, &conn, &err);

	if (code != PITH_OK)
		return cmd_fail(&err);
	code = pith_agent_log(conn, cmd_timeout(&settings), on_record, &settings, &err);
	pith_close(conn);
	return code == PITH_OK ? cmd_finish_output() : cmd_fail(&err);
}
