/* SPDX-License-Identifier: Apache-2.0 */
/* Owns module loading at boot. Never: resolves dependencies, looks at anything but the list. */
#include "init/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "init/log.h"

#define INIT_COMPRESSED_FILE 4 /* MODULE_INIT_COMPRESSED_FILE of linux/module.h, since 5.17 */

static bool is_compressed(const char *path)
{
	static const char *const endings[] = { ".gz", ".xz", ".zst" };
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(path + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}

static int load_one(const char *path, const char *parameters)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, parameters, is_compressed(path) ? INIT_COMPRESSED_FILE : 0) == 0)
		return 0;
	/* EEXIST: the module is loaded already, or built into this kernel. */
	return errno == EEXIST ? 0 : -errno;
}

/* Loads the module of one line, which the call modifies. */
static void load_line(char *line)
{
	static char no_parameters[] = "";
	char *parameters = no_parameters;
	char *path = line + strspn(line, " \t");
	size_t len = strcspn(path, " \t\r");
	int r;

	if (len == 0 || path[0] == '#')
		return;
	if (path[len]) {
		path[len] = '\0';
		parameters = path + len + 1;
		parameters += strspn(parameters, " \t");
		parameters[strcspn(parameters, "\r")] = '\0';
	}
	r = path[0] == '/' ? load_one(path, parameters) : -EINVAL;
	if (r < 0)
		log_failed(r, "module %s", path);
	else
		log_say(LOG_DEBUG, "module %s", path);
}

void modules_load(void)
{
	static char list[MODULES_LIST_MAX];
	ssize_t n = io_read_text(AT_FDCWD, MODULES_LIST, list, sizeof(list));
	char *line = list;

	if (n == -ENOENT)
		return;
	if (n < 0) {
		log_failed((int)n, MODULES_LIST);
		return;
	}
	if ((size_t)n == sizeof(list) - 1)
		log_say(LOG_QUIET, MODULES_LIST ": only the first %u bytes are read", MODULES_LIST_MAX - 1);
	while (*line) {
		size_t len = strcspn(line, "\n");
		char *next = line[len] ? line + len + 1 : line + len;

		line[len] = '\0';
		load_line(line);
		line = next;
	}
}
