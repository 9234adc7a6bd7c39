/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the values of options that are known without the guest. tests/lint/completion fails if an option whose argument is one of
 * a few words has none here, tests/proc/completion if a command refuses a word of this file.
 *
 * Never: asks the guest.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/signame.h"
#include "host/cli/complete.h"

#define SIGNAL_LAST 31 /* later signals have no names */

struct values {
	const char *option;
	const char *words;	/* with a blank after each */
};

/* Keyed by the option's name: equal options of several commands have equal values. A value that ends with a colon is a prefix. */
static const struct values values[] = {
	{ "boot-id", "new " },
	{ "cap", "none " },
	{ "event", "ready need_resume " },
	{ "level", "emerg alert crit err warn notice info debug " },
	{ "listen", "vsock: hybrid: unix: " },
	{ "machine-id", "new " },
	{ "mode", "memory disk template " },
	{ "on-disconnect", "keep kill hangup " },
	{ "on-timeout", "later thaw hold " },
	{ "optional", "hold entropy clock filesystems sockets hostname network machine_id boot_id mounts env hooks generation workload " },
	{ "sockets", "destroy keep " },
	{ "type", "bind ext4 xfs btrfs erofs squashfs tmpfs virtiofs 9p " },
	{ "vm", "vsock: hybrid: unix: " },
	{ "when-unread", "drop block " },
};

void complete_offer(const char *word, size_t prefix_len, const char *name, const char *what)
{
	if (strncmp(word + prefix_len, name, strlen(word + prefix_len)) == 0)
		printf("%.*s%s%s%s\n", (int)prefix_len, word, name, what[0] ? "\t" : "", what);
}

void complete_variables(const char *word, size_t prefix_len)
{
	char name[256];

	for (char **entry = environ; *entry; entry++) {
		size_t len = strcspn(*entry, "=");

		/* A shell exports functions under names that nobody types. */
		if (len == 0 || len >= sizeof(name) || strcspn(*entry, "%()\n\t") < len)
			continue;
		memcpy(name, *entry, len);
		name[len] = '\0';
		complete_offer(word, prefix_len, name, "");
	}
}

static void offer_signals(const char *word, size_t prefix_len)
{
	/* As they are typed: TERM, and SIGTERM for who begins so. */
	size_t skip = strncmp(word + prefix_len, "SIG", 3) == 0 ? 0 : 3;

	for (int number = 1; number <= SIGNAL_LAST; number++) {
		const char *name = signame(number);

		if (name)
			complete_offer(word, prefix_len, name + skip, "");
	}
}

static void offer_words(const char *option, const char *word, size_t prefix_len)
{
	char name[32];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *at = values[i].words;

		if (strcmp(values[i].option, option) != 0)
			continue;
		for (size_t len; (len = strcspn(at, " ")) > 0; at += len + 1) {
			snprintf(name, sizeof(name), "%.*s", (int)len, at);
			complete_offer(word, prefix_len, name, "");
		}
	}
}

/* Bytes before the path in an address that has one; 0 for any other value. */
static size_t path_in_address(const struct option *option, const char *value)
{
	if (strcmp(option->argument, "ADDR") != 0)
		return 0;
	return strncmp(value, "unix:", 5) == 0 ? 5 : strncmp(value, "hybrid:", 7) == 0 ? 7 : 0;
}

void complete_option_value(const struct option *option, const char *word, const char *value)
{
	size_t prefix_len = strlen(word) - strlen(value), scheme_len = path_in_address(option, value);

	if (strcmp(option->argument, "FILE") == 0 || scheme_len > 0) {
		printf("files %zu\n", prefix_len + scheme_len);
		return;
	}
	puts("words");
	if (strcmp(option->name, "signal") == 0)
		offer_signals(word, prefix_len);
	else if (strcmp(option->argument, "NAME[=VALUE]") == 0)
		complete_variables(word, prefix_len);
	else
		offer_words(option->name, word, prefix_len);
}
