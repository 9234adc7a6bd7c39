/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns the meaning of each word of the command line. A kind of value is one parse function below; an option is one row of
 * options.def.
 *
 * Never: reads or writes anything but its arguments.
 */
#include "init/cmdline.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/edit_distance.h"

#define OURS "pith."
/* One hour; a longer restart delay would mean no restart. */
#define RESTART_MS_MAX 3600000u
/* Names that differ by more edits are not suggested. */
#define NEAR_ENOUGH 2u
/* Ten minutes; a disk that has not appeared by then will not appear. */
#define WAIT_MAX_MS 600000u

static bool parse_path(const char *value, struct option_path *ret_path)
{
	size_t len = strlen(value);

	if (value[0] != '/' || len >= sizeof(ret_path->text))
		return false;
	memcpy(ret_path->text, value, len + 1);
	return true;
}

static bool parse_listen(const char *value, struct option_listen *ret_listen)
{
	static const char unix_prefix[] = "unix:";
	size_t len;

	if (strcmp(value, "vsock") == 0) {
		ret_listen->unix_path[0] = '\0';
		return true;
	}
	if (strncmp(value, unix_prefix, strlen(unix_prefix)) != 0)
		return false;
	value += strlen(unix_prefix);
	len = strlen(value);
	if (value[0] != '/' || len >= sizeof(ret_listen->unix_path))
		return false;
	memcpy(ret_listen->unix_path, value, len + 1);
	return true;
}

/* Returns the index of value in names, or -1. */
static int find_name(const char *value, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return -1;
}

static bool parse_log(const char *value, enum log_level *ret_level)
{
	static const char *const names[] = { [LOG_QUIET] = "quiet", [LOG_INFO] = "info", [LOG_DEBUG] = "debug" };
	int i = find_name(value, names, ARRAY_SIZE(names));

	if (i >= 0)
		*ret_level = (enum log_level)i;
	return i >= 0;
}

static bool parse_fail(const char *value, enum option_fail *ret_fail)
{
	static const char *const names[] = {
		[OPTION_FAIL_STAY] = "stay",
		[OPTION_FAIL_SHELL] = "shell",
		[OPTION_FAIL_REBOOT] = "reboot",
		[OPTION_FAIL_POWEROFF] = "poweroff",
	};
	int i = find_name(value, names, ARRAY_SIZE(names));

	if (i >= 0)
		*ret_fail = (enum option_fail)i;
	return i >= 0;
}

static bool parse_number(const char *value, unsigned int base, uint32_t min, uint32_t max, uint32_t *ret_number)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t number = 0;

	if (!*value)
		return false;
	for (const char *p = value; *p; p++) {
		const char *digit = memchr(digits, *p, base);

		if (!digit || number > UINT32_MAX)
			return false;
		number = number * base + (uint64_t)(digit - digits);
	}
	if (number < min || number > max)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool parse_port(const char *value, uint32_t *ret_port)
{
	/* 2^32 - 1 is VMADDR_PORT_ANY: the kernel would choose a port that no host knows. */
	return parse_number(value, 10, 1, UINT32_MAX - 1, ret_port);
}

static bool parse_exit_port(const char *value, uint32_t *ret_port)
{
	bool hex = value[0] == '0' && value[1] == 'x';

	return parse_number(value + (hex ? 2 : 0), hex ? 16 : 10, 0, UINT16_MAX, ret_port);
}

static bool parse_wait(const char *value, uint32_t *ret_ms)
{
	return parse_number(value, 10, 0, WAIT_MAX_MS, ret_ms);
}

static bool parse_word(const char *value, struct option_word *ret_word)
{
	size_t len = strlen(value);

	if (len >= sizeof(ret_word->text))
		return false;
	memcpy(ret_word->text, value, len + 1);
	return true;
}

/* The size becomes part of the mount options, so a comma, which would begin another option, is refused. */
static bool parse_overlay(const char *value, struct option_word *ret_word)
{
	static const char in_memory[] = "tmpfs";
	const char *tail = value + strlen(in_memory);

	if (value[0] != '\0' && value[0] != '/') {
		if (strncmp(value, in_memory, strlen(in_memory)) != 0)
			return false;
		if (tail[0] != '\0' && (tail[0] != ':' || tail[1] == '\0' || tail[1 + strspn(tail + 1, "0123456789kKmMgG%")]))
			return false;
	}
	return parse_word(value, ret_word);
}

static bool parse_restart(const char *value, uint32_t *ret_ms)
{
	return parse_number(value, 10, 1, RESTART_MS_MAX, ret_ms);
}

struct option_spec {
	const char *name;
	const char *accepted;
	const char *initial;
	bool (*apply)(struct options *options, const char *value);
};

#define PARSE_PATH parse_path
#define PARSE_LISTEN parse_listen
#define PARSE_LOG parse_log
#define PARSE_PORT parse_port
#define PARSE_EXIT_PORT parse_exit_port
#define PARSE_WAIT parse_wait
#define PARSE_WORD parse_word
#define PARSE_OVERLAY parse_overlay
#define PARSE_FAIL parse_fail
#define PARSE_RESTART parse_restart

#define OPTION(name_, kind_, accepted_, default_)                                \
	static bool apply_##name_(struct options *options, const char *value)     \
	{                                                                         \
		return PARSE_##kind_(value, &options->name_);                     \
	}
#include "init/options.def"
#undef OPTION

static const struct option_spec specs[] = {
#define OPTION(name_, kind_, accepted_, default_) { #name_, accepted_, default_, apply_##name_ },
#include "init/options.def"
#undef OPTION
};

static const char *nearest_name(const char *name, size_t len)
{
	unsigned int best = NEAR_ENOUGH + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		unsigned int distance = edit_distance(name, len, specs[i].name, strlen(specs[i].name));

		if (distance >= best)
			continue;
		best = distance;
		nearest = specs[i].name;
	}
	return nearest;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void cmdline_init(struct options *options)
{
	memset(options, 0, sizeof(*options));
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++)
		specs[i].apply(options, specs[i].initial);
}

bool cmdline_next_word(const char **cursor, char *word, size_t size)
{
	const char *p = *cursor;
	bool quoted = false;
	size_t len = 0;

	while (is_space(*p))
		p++;
	if (!*p) {
		*cursor = p;
		return false;
	}
	for (; *p && (quoted || !is_space(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (len < size - 1)
			word[len++] = *p;
	}
	word[len] = '\0';
	*cursor = p;
	return true;
}

enum cmdline_result cmdline_apply_word(struct options *options, const char *word, const char **ret_hint)
{
	const char *name = word + strlen(OURS);
	size_t len;

	*ret_hint = NULL;
	if (strncmp(word, OURS, strlen(OURS)) != 0)
		return CMDLINE_FOREIGN;
	len = strcspn(name, "=");
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		if (strlen(specs[i].name) != len || memcmp(specs[i].name, name, len) != 0)
			continue;
		if (name[len] == '=' && specs[i].apply(options, name + len + 1))
			return CMDLINE_SET;
		*ret_hint = specs[i].accepted;
		return CMDLINE_BAD_VALUE;
	}
	*ret_hint = nearest_name(name, len);
	return CMDLINE_UNKNOWN;
}

bool cmdline_describe(size_t number, const char **ret_name, const char **ret_accepted, const char **ret_initial)
{
	if (number >= ARRAY_SIZE(specs))
		return false;
	*ret_name = specs[number].name;
	*ret_accepted = specs[number].accepted;
	*ret_initial = specs[number].initial;
	return true;
}
