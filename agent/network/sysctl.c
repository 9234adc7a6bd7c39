/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the path of a sysctl's file. Never: leaves /proc/sys. */
#include "agent/network/sysctl.h"

#include <fcntl.h>
#include <string.h>

#include "common/fmt.h"
#include "common/io.h"

#define KEY_MAX 200
#define VALUE_SIZE 4096

/* A key separates its names by dots, or by slashes if it has any: then dots belong to names. */
static char separator(const char *key)
{
	return strchr(key, '/') ? '/' : '.';
}

const char *sysctl_check(const char *key)
{
	char split = separator(key);
	const char *part = key;

	if (strlen(key) > KEY_MAX)
		return "is too long";
	for (;;) {
		size_t len = 0;

		while (part[len] && part[len] != split)
			if ((unsigned char)part[len++] <= ' ')
				return "contains a blank";
		if (len == 0 || (part[0] == '.' && (len == 1 || (len == 2 && part[1] == '.'))))
			return "is no name below /proc/sys";
		if (!part[len])
			return NULL;
		part += len + 1;
	}
}

bool sysctl_is_below(const char *key, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(key, directory, len) == 0 && key[len] == separator(key);
}

/* The kernel shows lists with tabs and a newline at the end. */
static bool same_words(const char *a, const char *b)
{
	static const char blanks[] = " \t\n";

	for (;;) {
		size_t n;

		a += strspn(a, blanks);
		b += strspn(b, blanks);
		n = strcspn(a, blanks);
		if (n != strcspn(b, blanks) || memcmp(a, b, n) != 0)
			return false;
		if (n == 0)
			return true;
		a += n;
		b += n;
	}
}

int sysctl_set(const char *key, const char *value, bool *ret_changed)
{
	char path[KEY_MAX + 16], now[VALUE_SIZE];
	char split = separator(key);
	size_t at = fmt_text(path, sizeof(path), "/proc/sys/");

	fmt_text(path + at, sizeof(path) - at, "%s", key);
	for (char *p = path + at; split == '.' && *p; p++)
		if (*p == '.')
			*p = '/';
	*ret_changed = true;
	/* Some sysctls can be written but not read. */
	if (io_read_text(AT_FDCWD, path, now, sizeof(now)) >= 0 && same_words(now, value)) {
		*ret_changed = false;
		return 0;
	}
	return io_write_text(AT_FDCWD, path, value);
}
