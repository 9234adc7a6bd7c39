/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owns what a word of the command line means. A kind of value is one parse function below; an option is one row of
 * options.def.
 *
 * Never: reads or writes anything but its arguments.
 */
#include "cmdline.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/edit_distance.h"

#define OURS "pith."
/* Names that differ by more edits are not what was meant. */
#define NEAR_ENOUGH 2u

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

static bool parse_log(const char *value, enum log_level *ret_level)
{
	static const char *const names[] = { [LOG_QUIET] = "quiet", [LOG_INFO] = "info", [LOG_DEBUG] = "debug" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		*ret_level = (enum log_level)i;
		return true;
	}
	return false;
}

static bool parse_port(const char *value, uint32_t *ret_port)
{
	uint64_t port = 0;

	for (const char *p = value; *p; p++) {
		if (*p < '0' || *p > '9' || port > UINT32_MAX)
			return false;
		port = port * 10 + (uint64_t)(*p - '0');
	}
	/* All ones is VMADDR_PORT_ANY: the kernel would choose, and no host would know. */
	if (port == 0 || port >= UINT32_MAX)
		return false;
	*ret_port = (uint32_t)port;
	return true;
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
