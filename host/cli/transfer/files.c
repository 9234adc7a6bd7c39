/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the common part of the commands on files: connection, error messages, exit status. */
#include "host/cli/transfer/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOSSES_MAX 10 /* per run; more lost connections mean a fault that dialing again does not cure */
#define LONG_MS (10 * 60 * 1000) /* enough for a directory tree of millions of entries on a slow disk */

bool files_init(struct files *files, const struct invocation *invocation)
{
	const struct settings *settings = &invocation->settings;
	struct pith_error err;

	*files = (struct files){
		.settings = settings,
		.command = invocation->command->name,
		.where = { .root = settings->root, .user = settings->user, .timeout_ms = cmd_timeout(settings) },
	};
	if (cmd_connect(settings, &files->conn, &err) == PITH_OK)
		return true;
	files->status = cmd_fail(&err);
	return false;
}

int files_deinit(struct files *files)
{
	int status = cmd_finish_output();

	pith_close(files->conn);
	files->conn = NULL;
	return files->status ? files->status : status;
}

void files_wait_long(struct files *files)
{
	if (!files->settings->timeout_ms)
		files->where.timeout_ms = LONG_MS;
}

bool files_dial_again(struct files *files, int64_t ms)
{
	struct settings settings = *files->settings;
	struct pith_conn *conn;
	struct pith_error err;

	settings.wait_ms = ms;
	if (cmd_connect(&settings, &conn, &err) != PITH_OK)
		return false;
	if (strcmp(pith_hello(conn)->boot_id, pith_hello(files->conn)->boot_id) != 0) {
		pith_close(conn);
		return false;
	}
	pith_close(files->conn);
	files->conn = conn;
	return true;
}

const char *files_path(const char *word)
{
	return word[0] == ':' ? word + 1 : word;
}

/* The length of a control character at p, else 0. Includes U+0080 to U+009F, which some terminals take for escapes. */
static size_t obeyed(const char *p)
{
	const unsigned char *c = (const unsigned char *)p;

	if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
		return 2;
	return c[0] < 0x20 || c[0] == 0x7f ? 1 : 0;
}

const char *files_show(const char *name, char dst[FILES_SHOWN_SIZE])
{
	size_t used = 0;

	while (*name && used + 1 < FILES_SHOWN_SIZE) {
		size_t skipped = obeyed(name);

		dst[used++] = (char)(skipped ? '?' : *name);
		name += skipped ? skipped : 1;
	}
	dst[used] = '\0';
	return dst;
}

void files_print_name(const char *name)
{
	if (!isatty(STDOUT_FILENO)) {
		fputs(name, stdout);
		return;
	}
	while (*name) {
		size_t skipped = obeyed(name);

		putchar(skipped ? '?' : *name);
		name += skipped ? skipped : 1;
	}
}

static void set_status(struct files *files, int status)
{
	if (status > files->status)
		files->status = status;
}

bool files_tell(struct files *files, const char *path, const struct pith_error *err)
{
	char shown[FILES_SHOWN_SIZE];
	bool by_guest = err->code == PITH_GUEST_ERROR;

	if (files->goes_on && err->code == PITH_LOST) {
		files->is_lost = true;
		files->loss = *err;
		return false;
	}
	files_show(path, shown);
	if (by_guest)
		cmd_say("%s: %s: %s (%s%s%s)", files->command, shown, err->message, err->guest_code,
			err->guest_errno[0] ? ", " : "", err->guest_errno);
	else
		cmd_say("%s: %s: %s", files->command, shown, err->message);
	set_status(files, by_guest ? STATUS_REFUSED : STATUS_FAILED);
	return by_guest;
}

bool files_go_on(struct files *files, const char *path)
{
	int64_t ms = cmd_reattach(files->settings);

	if (!files->is_lost)
		return false;
	files->is_lost = false;
	if (ms > 0 && files->losses++ < LOSSES_MAX && files_dial_again(files, ms))
		return true;
	files->goes_on = false;
	files_tell(files, path, &files->loss);
	return false;
}

void files_tell_local(struct files *files, const char *path, const char *sentence, int error)
{
	char shown[FILES_SHOWN_SIZE];

	cmd_say("%s: %s: %s%s%s", files->command, files_show(path, shown), sentence, error ? ": " : "",
		error ? strerror(error) : "");
	set_status(files, STATUS_FAILED);
}

void files_tell_left_out(struct files *files, const char *path, const char *why)
{
	char shown[FILES_SHOWN_SIZE];

	cmd_say("%s: %s: %s", files->command, files_show(path, shown), why);
	set_status(files, STATUS_REFUSED);
}

bool files_join(char dst[PITH_PATH_SIZE], const char *dir, const char *name)
{
	size_t len = strlen(dir);
	bool needs_slash = len > 0 && dir[len - 1] != '/';
	int n = snprintf(dst, PITH_PATH_SIZE, "%s%s%s", dir, needs_slash ? "/" : "", name);

	return n >= 0 && n < PITH_PATH_SIZE;
}

int files_for_each(const struct invocation *invocation, bool takes_long,
		   enum pith_code (*act)(struct files *files, const char *path, struct pith_error *err))
{
	struct files files;

	if (!files_init(&files, invocation))
		return files.status;
	if (takes_long)
		files_wait_long(&files);
	for (char **word = invocation->arguments; *word; word++) {
		const char *path = files_path(*word);
		struct pith_error err;

		if (act(&files, path, &err) != PITH_OK && !files_tell(&files, path, &err))
			break;
	}
	return files_deinit(&files);
}
