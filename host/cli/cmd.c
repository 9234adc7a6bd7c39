/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what all commands do alike: which guest, how long, and how failures are told. */
#include "host/cli/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/version.h"
#include "host/cli/terminal.h"

#define DEFAULT_REATTACH_MS 10000 /* a proxy that starts again, a guest that is paused for a moment */

static const char *choose_address(const struct settings *settings)
{
	const char *address = settings->vm;

	if (!address)
		address = getenv("PITH_VM");
	if (address && address[0])
		return address;
	if (access(PITH_GUEST_SOCKET, F_OK) == 0)
		return "unix:" PITH_GUEST_SOCKET;
	return NULL;
}

enum pith_code cmd_connect(const struct settings *settings, struct pith_conn **ret, struct pith_error *err)
{
	struct pith_connect_options options = {
		.timeout_ms = settings->connect_timeout_ms,
		.wait_ms = settings->wait_ms,
		.token = getenv("PITH_TOKEN"),
	};
	const char *address = choose_address(settings);

	if (!address) {
		*err = (struct pith_error){
			.code = PITH_BAD_ARGUMENT,
			.message = "which guest? Give --vm ADDR or set PITH_VM, for instance to vsock:3",
		};
		return PITH_BAD_ARGUMENT;
	}
	return pith_connect(address, &options, ret, err);
}

int64_t cmd_timeout(const struct settings *settings)
{
	return settings->timeout_ms ? settings->timeout_ms : CMD_TIMEOUT_MS;
}

void cmd_say(const char *format, ...)
{
	va_list args;

	/* The program's output and our sentence share a terminal: ours starts and ends its own line. */
	fflush(stdout);
	fputs(terminal_is_raw() ? "\rpith: " : "pith: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(terminal_is_raw() ? "\r\n" : "\n", stderr);
}

int cmd_fail(const struct pith_error *err)
{
	if (err->guest_code[0] && err->guest_errno[0])
		cmd_say("%s (%s, %s)", err->message, err->guest_code, err->guest_errno);
	else if (err->guest_code[0])
		cmd_say("%s (%s)", err->message, err->guest_code);
	else
		cmd_say("%s", err->message);
	return STATUS_FAILED;
}

int cmd_finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	cmd_say("cannot write to stdout: %s", strerror(errno));
	return STATUS_FAILED;
}

void cmd_print_json_part(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		/* Outside of strings such bytes cannot be, and inside an escape means the same. */
		if (*p == 0x7f) {
			printf("\\u007f");
		} else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
			printf("\\u00%02x", p[1]);
			p++;
		} else {
			putchar(*p);
		}
	}
}

void cmd_print_json(const char *text)
{
	cmd_print_json_part(text);
	putchar('\n');
}

bool cmd_fail_choice(const char *command, const char *option, const char *value, const char *choices)
{
	cmd_say("%s: --%s %s: it must be %s (pith help %s)", command, option, value, choices, command);
	return false;
}

bool cmd_read_on_disconnect(const char *command, const char *text, enum pith_on_disconnect *ret)
{
	if (!text)
		*ret = PITH_DISCONNECT_DEFAULT;
	else if (strcmp(text, "keep") == 0)
		*ret = PITH_DISCONNECT_KEEP;
	else if (strcmp(text, "kill") == 0)
		*ret = PITH_DISCONNECT_KILL;
	else if (strcmp(text, "hangup") == 0)
		*ret = PITH_DISCONNECT_HANGUP;
	else
		return cmd_fail_choice(command, "on-disconnect", text, "keep, kill or hangup");
	return true;
}

int64_t cmd_reattach(const struct settings *settings)
{
	return settings->reattach_ms >= 0 ? settings->reattach_ms : DEFAULT_REATTACH_MS;
}

const struct command *command_find(const struct command_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->commands[i].name, name) == 0)
			return &table->commands[i];
	}
	return NULL;
}
